-- Why: an export of orders without SKUs names a line item by its product's title and its options.
CREATE INDEX products_title ON products (account_id, store_id, title);
