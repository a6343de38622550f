DROP TABLE locations;
DROP TABLE stores;
