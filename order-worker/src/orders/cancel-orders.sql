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
  RETURNING o.*
), returned AS MATERIALIZED (
  SELECT item_id, sum(quantity) AS units FROM cancelled GROUP BY item_id
), locked AS MATERIALIZED (
  SELECT i.id, r.units FROM items i JOIN returned r ON r.item_id = i.id ORDER BY i.id FOR NO KEY UPDATE OF i
), restocked AS (
  UPDATE items i SET sold = i.sold - locked.units
  FROM locked
  WHERE i.id = locked.id
), present AS (
  SELECT c.*, true AS fresh FROM cancelled c
  UNION ALL
  -- NOT IN, as its set is hashed whatever the planner expects; it would nest the loops of an outer join.
  SELECT o.*, false FROM orders o WHERE o.id = ANY ($1::uuid[]) AND o.id NOT IN (SELECT id FROM cancelled)
)
SELECT p.id AS "orderId", p.sale_id AS "saleId", p.item_id AS "itemId", p.user_id AS "userId", p.quantity,
  p.amount_cents::float8 AS "amountCents", p.currency,
  (extract(epoch FROM p.reserved_at) * 1000)::float8 AS "reservedAt",
  p.status::text AS status,
  (extract(epoch FROM p.pay_by) * 1000)::float8 AS "payBy",
  (extract(epoch FROM p.created_at) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM p.settled_at) * 1000, 0)::float8 AS "settledAt",
  p.reason, p.fresh,
  (extract(epoch FROM clock.now) * 1000)::float8 AS now
FROM present p, clock
