DROP TABLE variants;
DROP TABLE products;
