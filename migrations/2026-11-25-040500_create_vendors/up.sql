-- Why: how long a delivery takes, what it costs and in which lots it comes decide when to order and how much.
CREATE TABLE vendors (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    email text NOT NULL DEFAULT '',
    -- In which it asks for money; its prices are never added to those of another currency.
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    lead_time_days integer NOT NULL CHECK (lead_time_days BETWEEN 0 AND 365),
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT vendors_name_key UNIQUE (account_id, store_id, name),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('vendors');

CREATE TABLE supplier_prices (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    variant_id uuid NOT NULL,
    vendor_id uuid NOT NULL,
    -- Of one piece, in the vendor's currency.
    price numeric NOT NULL CHECK (price >= 0),
    minimum_quantity numeric NOT NULL DEFAULT 1 CHECK (minimum_quantity > 0),
    pack_size numeric NOT NULL DEFAULT 1 CHECK (pack_size > 0),
    -- NULL: the vendor's.
    lead_time_days integer CHECK (lead_time_days BETWEEN 0 AND 365),
    -- The vendor from whom the variant is ordered when several have it.
    is_preferred boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, variant_id, vendor_id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE INDEX supplier_prices_store ON supplier_prices (account_id, store_id, variant_id, vendor_id);
CREATE UNIQUE INDEX supplier_prices_preferred_key ON supplier_prices (account_id, variant_id) WHERE is_preferred;
SELECT protect_account_table('supplier_prices');
