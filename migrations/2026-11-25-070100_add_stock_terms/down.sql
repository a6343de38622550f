ALTER TABLE variants DROP COLUMN low_stock_threshold;
ALTER TABLE stores DROP COLUMN non_merchandise, DROP COLUMN low_stock_threshold;
