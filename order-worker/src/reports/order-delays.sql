-- order-delays: how long winners waited for their order, and orders for their payment, in ms.
-- The first compares Redis's clock with PostgreSQL's, so it includes the difference between their clocks.
--
-- An order without a reason was never cancelled: if it is REFUNDED, it had been paid.
--
-- $1 sale id
SELECT
  percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM o.created_at - o.reserved_at) * 1000) AS ordered,
  percentile_cont(ARRAY[0.5, 0.95, 0.99, 1]) WITHIN GROUP (ORDER BY extract(epoch FROM o.settled_at - o.created_at) * 1000)
    FILTER (WHERE o.status = 'PAID' OR o.status = 'REFUNDED' AND o.reason IS NULL) AS paid
FROM items i
JOIN orders o ON o.item_id = i.id
WHERE i.sale_id = $1::uuid
