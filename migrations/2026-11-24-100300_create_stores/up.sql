-- Why: a merchant has one or more stores, each with its currency and the time zone in which its days begin.
CREATE TABLE stores (
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    timezone text NOT NULL,
    platform text NOT NULL CHECK (platform IN ('manual', 'shopify')),
    -- Raised by each update: the ETag.
    revision integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    -- Set first; the rows below the store are erased by a job.
    deleted_at timestamptz,
    PRIMARY KEY (account_id, id)
);
SELECT protect_account_table('stores');

CREATE TABLE locations (
    account_id uuid NOT NULL,
    id uuid NOT NULL,
    store_id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, id),
    CONSTRAINT locations_name_key UNIQUE (account_id, store_id, name),
    FOREIGN KEY (account_id, store_id) REFERENCES stores (account_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX locations_default_key ON locations (account_id, store_id) WHERE is_default;
SELECT protect_account_table('locations');
