-- Why: a merchant is told when stock runs low or out, not that it still is. What each variant's stock was like at the last look
-- is kept, so that only a crossing is told; a variant that is seen for the first time has crossed nothing.
CREATE TABLE stock_alert_states (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('fine', 'low', 'out')),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, store_id, variant_id),
    FOREIGN KEY (account_id, variant_id) REFERENCES variants (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('stock_alert_states');
