-- Why: whatever changes a level goes through the ledger, not only what lies on the shelf; and nobody, not even a bug, may
-- change what the ledger says. Only the erasure of a store takes its rows away.
ALTER TABLE stock_movements
    -- Which level it changes.
    ADD COLUMN level text NOT NULL DEFAULT 'on_hand' CHECK (level IN ('on_hand', 'reserved', 'incoming')),
    -- What a piece of it has cost, in the store's currency; NULL when nobody said.
    ADD COLUMN unit_cost numeric CHECK (unit_cost >= 0);

CREATE FUNCTION refuse_stock_movement_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'stock movements are only ever added' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER stock_movements_stay AFTER UPDATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_stock_movement_change();
CREATE TRIGGER stock_movements_stay_whole BEFORE TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_stock_movement_change();

-- A store that is marked as deleted, or gone, takes its ledger along.
CREATE FUNCTION refuse_stock_movement_removal() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM removed JOIN stores
                   ON stores.account_id = removed.account_id AND stores.id = removed.store_id
                WHERE stores.deleted_at IS NULL) THEN
        RAISE EXCEPTION 'stock movements are only ever added' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER stock_movements_are_kept AFTER DELETE ON stock_movements
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_stock_movement_removal();

DO $$
BEGIN
    REVOKE UPDATE ON stock_movements FROM suite_app;
EXCEPTION
    WHEN undefined_object THEN NULL;
END $$;
