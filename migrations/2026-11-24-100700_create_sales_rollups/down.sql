DROP TABLE monthly_product_sales;
DROP TABLE daily_product_sales;
DROP TABLE daily_sales;
