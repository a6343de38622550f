-- Why: a product is what a merchant talks about, a variant is what is sold and stocked.
CREATE TABLE products (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    -- What the source calls the product: Shopify's handle, or the SKU where the source knows only SKUs.
    handle text NOT NULL,
    outside_id text,
    title text NOT NULL,
    vendor text NOT NULL DEFAULT '',
    product_type text NOT NULL DEFAULT '',
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'draft', 'archived')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT products_handle_key UNIQUE (account_id, store_id, handle),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
SELECT protect_account_table('products');

CREATE TABLE variants (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    product_id uuid NOT NULL,
    -- Matched case-sensitively; '' when the source has none.
    sku text NOT NULL DEFAULT '',
    outside_id text,
    title text NOT NULL,
    price numeric,
    cost numeric,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, product_id) REFERENCES products (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX variants_sku_key ON variants (account_id, store_id, sku) WHERE sku <> '';
CREATE INDEX variants_product ON variants (account_id, product_id);
SELECT protect_account_table('variants');
