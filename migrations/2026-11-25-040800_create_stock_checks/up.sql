-- Why: the ledger is added up again from time to time; what then differs from a level is kept and shown, not mended in silence.
CREATE TABLE stock_checks (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    levels bigint NOT NULL,
    differences bigint NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_checks_store ON stock_checks (account_id, store_id, id);
SELECT protect_account_table('stock_checks');

CREATE TABLE stock_check_differences (
    account_id uuid NOT NULL,
    check_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    level text NOT NULL,
    -- What the level says, and what the ledger adds up to.
    level_quantity numeric NOT NULL,
    ledger_quantity numeric NOT NULL,
    PRIMARY KEY (account_id, check_id, variant_id, location_id, level),
    FOREIGN KEY (account_id, check_id) REFERENCES stock_checks (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('stock_check_differences');
