-- Why: when stock counts as low, and which codes are no merchandise, is for the merchant to say.
ALTER TABLE stores
    -- A variant of which no more pieces are available is low.
    ADD COLUMN low_stock_threshold numeric NOT NULL DEFAULT 10 CHECK (low_stock_threshold >= 0),
    -- SKUs that are no merchandise, `gift_*` for all that begin with `gift_`; NULL means the usual ones.
    ADD COLUMN non_merchandise text[];
ALTER TABLE variants
    -- NULL means the store's.
    ADD COLUMN low_stock_threshold numeric CHECK (low_stock_threshold >= 0);
