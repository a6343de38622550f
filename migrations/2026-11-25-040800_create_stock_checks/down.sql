DROP TABLE stock_check_differences;
DROP TABLE stock_checks;
