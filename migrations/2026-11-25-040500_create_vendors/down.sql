DROP TABLE supplier_prices;
DROP TABLE vendors;
