-- lock-orders: locks the orders that payments have arrived for, in id order, to avoid deadlocks with cancel-orders.
--
-- $1 order ids
SELECT o.id AS "orderId", o.sale_id AS "saleId", o.item_id AS "itemId", o.user_id AS "userId", o.quantity,
  o.amount_cents::float8 AS "amountCents", o.currency,
  (extract(epoch FROM o.reserved_at) * 1000)::float8 AS "reservedAt",
  o.status::text AS status, o.version, o.reason,
  (extract(epoch FROM o.pay_by) * 1000)::float8 AS "payBy",
  (extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8 AS "settledAt"
FROM orders o
WHERE o.id = ANY ($1::uuid[])
ORDER BY o.id
FOR UPDATE
