-- cancel-orders: cancels orders that are still unpaid, gives their units back to the item in the same transaction, and returns the present state of
-- every order in $1. That includes orders cancelled before, so that a redelivery can repair what follows the commit.
--
-- $1 order ids   $2 reason: 'unpaid' cancels only what is due on this server's clock; 'buyer' also cancels earlier
--
-- Optimistic lock: a row is cancelled in the state and version that was read, or not at all. A payment in progress is waited for, and has then
-- changed the version. A returned state of PENDING_PAYMENT may be older than that payment: read it again.
-- Orders are locked in id order, then items in id order. Deadlocks are rare; after one, the caller retries.

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), seen AS MATERIALIZED (
  -- status as text, to keep the planner from the index of unpaid orders: it would read all that are due, however few are in $1.
  SELECT o.id, o.version
  FROM orders o, clock
  WHERE o.id = ANY ($1::uuid[]) AND o.status::text = 'PENDING_PAYMENT' AND ($2 = 'buyer' OR o.pay_by <= clock.now)
  ORDER BY o.id
), cancelled AS (
  UPDATE orders o
  SET status = 'CANCELLED', version = o.version + 1, settled_at = clock.now, reason = $2
  FROM seen, clock
  WHERE o.id = seen.id AND o.version = seen.version AND o.status = 'PENDING_PAYMENT'
  RETURNING o.id, o.item_id, o.quantity, o.settled_at
), returned AS MATERIALIZED (
  SELECT item_id, sum(quantity) AS units FROM cancelled GROUP BY item_id
), locked AS MATERIALIZED (
  SELECT i.id FROM items i WHERE i.id IN (SELECT item_id FROM returned) ORDER BY i.id FOR NO KEY UPDATE
), restocked AS (
  UPDATE items i SET sold = i.sold - returned.units
  FROM returned JOIN locked ON locked.id = returned.item_id
  WHERE i.id = returned.item_id
)
SELECT o.id AS "orderId", o.sale_id AS "saleId", o.item_id AS "itemId", o.user_id AS "userId", o.quantity,
  o.amount_cents::float8 AS "amountCents", o.currency,
  (extract(epoch FROM o.reserved_at) * 1000)::float8 AS "reservedAt",
  (CASE WHEN c.id IS NULL THEN o.status ELSE 'CANCELLED' END)::text AS status,
  (extract(epoch FROM o.pay_by) * 1000)::float8 AS "payBy",
  (extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM coalesce(c.settled_at, o.settled_at)) * 1000, 0)::float8 AS "settledAt",
  CASE WHEN c.id IS NULL THEN o.reason ELSE $2 END AS reason,
  c.id IS NOT NULL AS fresh,
  (extract(epoch FROM clock.now) * 1000)::float8 AS now
FROM orders o
CROSS JOIN clock
LEFT JOIN cancelled c ON c.id = o.id
WHERE o.id = ANY ($1::uuid[])
