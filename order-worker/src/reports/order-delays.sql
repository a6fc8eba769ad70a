-- order-delays: how long winners waited for their order, and orders for their payment, in ms.
-- The first compares Redis's clock with PostgreSQL's, so it includes the difference between their clocks.
--
-- An order without a reason was never cancelled: if it is REFUNDED, it had been paid.
--
-- $1 sale id
--
-- date_part, not extract: that one computes with decimal digits, and sorts half as fast.
SELECT
  percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY (date_part('epoch', o.created_at) - date_part('epoch', o.reserved_at)) * 1000)
    AS ordered,
  percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY (date_part('epoch', o.settled_at) - date_part('epoch', o.created_at)) * 1000)
    FILTER (WHERE o.status = 'PAID' OR o.status = 'REFUNDED' AND o.reason IS NULL) AS paid
FROM orders o
WHERE o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
