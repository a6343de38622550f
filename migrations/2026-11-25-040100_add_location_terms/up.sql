-- Why: an invoice does not say from where it was sent, so each location bears a share of the store's demand; and a location
-- can be renamed by two people at once.
ALTER TABLE locations
    -- Of the store's sales, from 0 to 1; NULL: the default location bears what the others leave, any other location nothing.
    ADD COLUMN demand_share numeric CHECK (demand_share BETWEEN 0 AND 1),
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
