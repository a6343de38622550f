-- Why: what is on its way counts before it is on the shelf. An order that was sent raises the level "incoming" through the
-- ledger; its receipts, its closing and its cancelling lower it again.
CREATE TABLE purchase_orders (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    location_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'sent', 'partly_received', 'closed', 'cancelled')),
    -- The vendor's when the order was drafted.
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    note text NOT NULL DEFAULT '',
    expected_on date,
    -- The analysis whose suggestion it was drafted from.
    analysis_id uuid,
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX purchase_orders_store ON purchase_orders (account_id, store_id, id);
SELECT protect_account_table('purchase_orders');

CREATE TABLE purchase_order_lines (
    account_id uuid NOT NULL,
    purchase_order_id uuid NOT NULL,
    position integer NOT NULL,
    variant_id uuid NOT NULL,
    quantity numeric NOT NULL CHECK (quantity > 0),
    received numeric NOT NULL DEFAULT 0 CHECK (received >= 0),
    unit_price numeric NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (account_id, purchase_order_id, position),
    CONSTRAINT purchase_order_lines_variant_key UNIQUE (account_id, purchase_order_id, variant_id),
    FOREIGN KEY (account_id, purchase_order_id) REFERENCES purchase_orders (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('purchase_order_lines');
