DROP TABLE inventory_analysis_items;
DROP TABLE inventory_analyses;
