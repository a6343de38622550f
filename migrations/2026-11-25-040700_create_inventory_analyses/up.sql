-- Why: an analysis is computed once by a job and read by pages. An item keeps the figures and not their explanation, which is
-- made from them when it is read: fifty thousand items are written in one go.
CREATE TABLE inventory_analyses (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    params jsonb NOT NULL,
    job_id uuid NOT NULL,
    summary jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX inventory_analyses_store ON inventory_analyses (account_id, store_id, id);
SELECT protect_account_table('inventory_analyses');

CREATE TABLE inventory_analysis_items (
    account_id uuid NOT NULL,
    analysis_id uuid NOT NULL,
    -- From 1: what costs most to ignore.
    rank integer NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    vendor_id uuid,
    -- '' when it cannot be told.
    abc text NOT NULL,
    xyz text NOT NULL,
    is_due boolean NOT NULL,
    is_dead boolean NOT NULL,
    is_overstock boolean NOT NULL,
    suggested_quantity numeric NOT NULL,
    figures json NOT NULL,
    PRIMARY KEY (account_id, analysis_id, rank),
    FOREIGN KEY (account_id, analysis_id) REFERENCES inventory_analyses (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('inventory_analysis_items');
