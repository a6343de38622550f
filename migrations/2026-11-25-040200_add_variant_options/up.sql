-- Why: an export without SKUs names a variant by its product's handle and its option values.
ALTER TABLE variants
    -- The values in their order, as a JSON array of strings; '' when the source has none.
    ADD COLUMN options text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX variants_options_key ON variants (account_id, product_id, options) WHERE options <> '';
