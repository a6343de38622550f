-- Why: an adjustment, a count, a transfer or a receipt is one act of a person; its movements name it, and it keeps what was
-- said, also the lines that changed nothing: a shelf that was counted and found right.
CREATE TABLE stock_documents (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('adjustment', 'count', 'transfer', 'receipt')),
    location_id uuid NOT NULL,
    -- Where a transfer goes to.
    to_location_id uuid,
    -- What a receipt is of.
    purchase_order_id uuid,
    reason text NOT NULL,
    actor text NOT NULL,
    -- What was asked for and what came of it: variant_id, quantity, before, after.
    lines jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_documents_store ON stock_documents (account_id, store_id, id);
SELECT protect_account_table('stock_documents');
