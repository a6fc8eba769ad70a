-- faulty-orders: the orders that books.sql counts as cancelled early or of a wrong amount, one by one, and the users beyond the limit.
--
-- $1 sale id   $2 most rows
SELECT 'early' AS fault, i.id::text AS "itemId", o.id::text AS who, o.settled_at::text AS held, o.pay_by::text AS allowed
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND o.reason = 'unpaid' AND o.settled_at < o.pay_by
UNION ALL
SELECT 'amount', i.id::text, o.id::text, o.amount_cents || ' ' || o.currency || ' cents',
  i.price_cents::bigint * o.quantity || ' ' || i.currency || ' cents'
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND (o.amount_cents <> i.price_cents::bigint * o.quantity OR o.currency <> i.currency)
UNION ALL
SELECT 'limit', i.id::text, o.user_id, sum(o.quantity)::text, i.limit_per_user::text
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND o.status IN ('PENDING_PAYMENT', 'PAID')
GROUP BY i.id, o.user_id
HAVING sum(o.quantity) > i.limit_per_user
LIMIT $2
