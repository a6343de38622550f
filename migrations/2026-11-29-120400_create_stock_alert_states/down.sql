DROP TABLE stock_alert_states;
