-- Why: stock is a ledger that is only ever added to; a level is its running sum, kept beside it and checked against it.
CREATE TABLE stock_levels (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    -- May be negative: that is shown, never hidden.
    on_hand numeric NOT NULL DEFAULT 0,
    reserved numeric NOT NULL DEFAULT 0,
    incoming numeric NOT NULL DEFAULT 0,
    available numeric GENERATED ALWAYS AS (on_hand - reserved) STORED,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, variant_id, location_id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_levels_store ON stock_levels (account_id, store_id, variant_id, location_id);
SELECT protect_account_table('stock_levels');

CREATE TABLE stock_movements (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    quantity numeric NOT NULL CHECK (quantity <> 0),
    before numeric NOT NULL,
    after numeric NOT NULL,
    reason text NOT NULL,
    -- Where it came from: ('invoice_lines', invoice number, line key), or ('adjustment', id, '').
    source text NOT NULL,
    source_ref text NOT NULL,
    source_line text NOT NULL DEFAULT '',
    actor text NOT NULL,
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT stock_movements_adds_up CHECK (after = before + quantity),
    CONSTRAINT stock_movements_source_key UNIQUE (account_id, store_id, source, source_ref, source_line),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX stock_movements_variant ON stock_movements (account_id, variant_id, id);
CREATE INDEX stock_movements_store ON stock_movements (account_id, store_id, id);
SELECT protect_account_table('stock_movements');
