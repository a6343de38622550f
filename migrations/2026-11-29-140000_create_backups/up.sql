-- Why: how old the newest backup is, and when one was last restored on trial, must be told without asking the bucket. The bucket
-- stays the truth: a row is written when a backup was read back and found whole, and goes with it.
CREATE TABLE backups (
    name text PRIMARY KEY,
    -- The moment that it shows.
    snapshot_at timestamptz NOT NULL,
    -- When it was read back and found whole.
    verified_at timestamptz NOT NULL,
    size_bytes bigint NOT NULL,
    row_count bigint NOT NULL,
    -- When it was last restored on trial and compared with its manifest, and how long the restoring took.
    drilled_at timestamptz,
    drill_seconds double precision
);
SELECT grant_table('backups');
