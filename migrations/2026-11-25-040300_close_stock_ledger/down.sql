DROP TRIGGER stock_movements_stay ON stock_movements;
DROP TRIGGER stock_movements_stay_whole ON stock_movements;
DROP TRIGGER stock_movements_are_kept ON stock_movements;
DROP FUNCTION refuse_stock_movement_change();
DROP FUNCTION refuse_stock_movement_removal();
ALTER TABLE stock_movements DROP COLUMN level, DROP COLUMN unit_cost;
SELECT grant_table('stock_movements');
