ALTER TABLE locations
    DROP COLUMN demand_share,
    DROP COLUMN revision,
    DROP COLUMN updated_at;
