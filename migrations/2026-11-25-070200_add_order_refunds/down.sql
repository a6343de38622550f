ALTER TABLE orders DROP COLUMN refunded, DROP COLUMN cancelled_at, DROP COLUMN outside_id;
