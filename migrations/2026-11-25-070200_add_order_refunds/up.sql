-- Why: an order of a shop is told anew when it is refunded or called off; what was once given back stays so, whichever export is
-- read last.
ALTER TABLE orders
    -- The source's id, where it has one beside the number.
    ADD COLUMN outside_id text,
    ADD COLUMN cancelled_at timestamptz,
    -- Given back so far by the source's own account; NULL where the source keeps none.
    ADD COLUMN refunded numeric;
