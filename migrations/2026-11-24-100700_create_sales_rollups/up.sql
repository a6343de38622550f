-- Why: reports read days and months, not lines. Each row is a sum of sales events, changed in the transaction that changes
-- the lines below it; days and months begin in the store's time zone. NULL stands for zero: most columns are zero in most
-- rows, and half a million of them are written in an import.
CREATE TABLE daily_sales (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    day date NOT NULL,
    country text NOT NULL,
    -- The nil UUID when the source names no customer.
    customer_id uuid NOT NULL,
    gross numeric,
    discounts numeric,
    returns numeric,
    adjustments numeric,
    tax numeric,
    shipping numeric,
    units numeric,
    orders integer,
    PRIMARY KEY (account_id, store_id, day, country, customer_id)
);
SELECT protect_account_table('daily_sales');

CREATE TABLE daily_product_sales (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    day date NOT NULL,
    variant_id uuid NOT NULL,
    gross numeric,
    discounts numeric,
    returns numeric,
    adjustments numeric,
    tax numeric,
    units numeric,
    orders integer,
    PRIMARY KEY (account_id, store_id, day, variant_id)
);
SELECT protect_account_table('daily_product_sales');

CREATE TABLE monthly_product_sales (
    account_id uuid NOT NULL,
    store_id uuid NOT NULL,
    month date NOT NULL,
    variant_id uuid NOT NULL,
    gross numeric,
    discounts numeric,
    returns numeric,
    adjustments numeric,
    tax numeric,
    units numeric,
    orders integer,
    PRIMARY KEY (account_id, store_id, month, variant_id)
);
SELECT protect_account_table('monthly_product_sales');
