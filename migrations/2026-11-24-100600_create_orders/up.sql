-- Why: what was sold. Lines have no foreign keys: the check costs more than the insert, and a line is only ever written
-- together with its order, in one transaction.
CREATE TABLE customers (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    outside_id text NOT NULL,
    country text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT customers_outside_id_key UNIQUE (account_id, store_id, outside_id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('customers');

CREATE TABLE orders (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    -- The invoice number or order name of the source.
    number text NOT NULL,
    channel text NOT NULL,
    customer_id uuid,
    country text NOT NULL DEFAULT '',
    currency text NOT NULL,
    -- The earliest time on its lines.
    placed_at timestamptz NOT NULL,
    is_credit_note boolean NOT NULL,
    line_count integer NOT NULL,
    gross numeric NOT NULL,
    discounts numeric NOT NULL,
    returns numeric NOT NULL,
    adjustments numeric NOT NULL,
    tax numeric NOT NULL,
    shipping numeric NOT NULL,
    units numeric NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT orders_number_key UNIQUE (account_id, store_id, number),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX orders_store_placed_at ON orders (account_id, store_id, placed_at, id);
CREATE INDEX orders_placed_at ON orders (account_id, placed_at, id);
CREATE INDEX orders_customer ON orders (account_id, customer_id, placed_at, id) WHERE customer_id IS NOT NULL;
SELECT protect_account_table('orders');

CREATE TABLE order_lines (
    account_id uuid NOT NULL,
    order_id uuid NOT NULL,
    position integer NOT NULL,
    variant_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    quantity numeric NOT NULL,
    unit_price numeric NOT NULL,
    discount numeric,
    tax numeric,
    -- 1 sale, 2 return, 3 adjustment (suite_core::sales::SalesEvent).
    event smallint NOT NULL,
    title text NOT NULL,
    PRIMARY KEY (account_id, order_id, position)
);
SELECT protect_account_table('order_lines');
