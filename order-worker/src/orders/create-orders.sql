-- create-orders: creates orders for a batch of reservations, rejects those that do not fit, and returns the state of every one. That includes
-- those that an earlier delivery created, so that a redelivery can repair what follows the commit. Locked before: the items (lock-items.sql).
--
-- Arrays of equal length, in the order of the stream, each id once:
-- $1 reservation ids   $2 item ids   $3 sale ids   $4 user ids   $5 quantities   $6 reserved at (ms)
--
-- First come, first served: a running sum over the batch must not exceed the units left, nor the user's limit. A reservation that does not fit
-- still counts in the sum, so a smaller one after it may be rejected too; the unsold units are won again through Redis.
--
-- An order of a free item is paid as it is created, as in create_plain_orders.
--
-- Returns the reservation id, its status (the order's, or REJECTED), and what the events need. A reservation of an unknown item has no row. Times
-- in ms.
--
-- The result is a union, and no part joins one CTE to another: the planner guesses their sizes, and would nest loops over the batch.

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), asked AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::float8[])
    WITH ORDINALITY AS a (id, item_id, sale_id, user_id, quantity, reserved_at, ord)
), fresh AS MATERIALIZED (
  SELECT a.*, i.stock - i.sold AS units_left, i.limit_per_user, i.price_cents, i.currency, s.pay_timeout_seconds
  FROM asked a
  JOIN items i ON i.id = a.item_id::bpchar AND i.sale_id = a.sale_id
  JOIN sales s ON s.id = i.sale_id
  WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = a.id)
    AND NOT EXISTS (SELECT FROM rejections r WHERE r.reservation_id = a.id)
), limited AS (
  SELECT f.*, sum(f.quantity) OVER (PARTITION BY f.item_id, f.user_id ORDER BY f.ord) + (
      -- item_id as text, to keep the planner from the index on item_id: it would read every order of the item.
      SELECT coalesce(sum(o.quantity), 0)
      FROM orders o
      WHERE o.user_id = f.user_id AND o.item_id::text = f.item_id AND o.status IN ('PENDING_PAYMENT', 'PAID')
    ) <= f.limit_per_user AS in_limit
  FROM fresh f
), judged AS MATERIALIZED (
  SELECT l.*, sum(CASE WHEN l.in_limit THEN l.quantity ELSE 0 END) OVER (PARTITION BY l.item_id ORDER BY l.ord) <= l.units_left AS in_stock
  FROM limited l
), inserted AS (
  INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, version, settled_at, pay_by, reserved_at, created_at)
  SELECT j.id, j.sale_id, j.item_id, j.user_id, j.quantity, j.price_cents::bigint * j.quantity, j.currency,
    (CASE j.price_cents WHEN 0 THEN 'PAID' ELSE 'PENDING_PAYMENT' END)::order_status,
    CASE j.price_cents WHEN 0 THEN 1 ELSE 0 END, CASE j.price_cents WHEN 0 THEN clock.now END,
    clock.now + make_interval(secs => j.pay_timeout_seconds), to_timestamp(j.reserved_at / 1000), clock.now
  FROM judged j, clock
  WHERE j.in_limit AND j.in_stock
  ON CONFLICT (id) DO NOTHING
  RETURNING id, item_id, quantity, amount_cents, currency, status, version, settled_at, pay_by, created_at
), rejected AS (
  INSERT INTO rejections (reservation_id, sale_id, item_id, user_id, quantity, reason, created_at)
  SELECT j.id, j.sale_id, j.item_id, j.user_id, j.quantity, CASE WHEN j.in_limit THEN 'SOLD_OUT' ELSE 'LIMIT_REACHED' END, clock.now
  FROM judged j, clock
  WHERE NOT (j.in_limit AND j.in_stock)
  ON CONFLICT (reservation_id) DO NOTHING
  RETURNING reservation_id, item_id, quantity, reason, created_at
), sold AS (
  UPDATE items i SET sold = i.sold + made.units
  FROM (SELECT item_id, sum(quantity) AS units FROM inserted GROUP BY item_id) made
  WHERE i.id = made.item_id
)
SELECT n.id AS "reservationId", n.status::text AS status, n.version, n.amount_cents::float8 AS "amountCents", n.currency::text AS currency,
  (extract(epoch FROM n.pay_by) * 1000)::float8 AS "payBy", (extract(epoch FROM n.created_at) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM n.settled_at) * 1000, 0)::float8 AS "settledAt", NULL AS reason, true AS fresh, extract(epoch FROM n.pay_by - n.created_at)::int AS "payTimeoutSeconds"
FROM inserted n
UNION ALL
SELECT x.reservation_id, 'REJECTED', 0, i.price_cents::float8 * x.quantity, i.currency::text,
  0, (extract(epoch FROM x.created_at) * 1000)::float8, 0, x.reason, true, 0
FROM rejected x
JOIN items i ON i.id = x.item_id
UNION ALL
SELECT o.id, o.status::text, o.version, o.amount_cents::float8, o.currency::text,
  (extract(epoch FROM o.pay_by) * 1000)::float8, (extract(epoch FROM o.created_at) * 1000)::float8,
  coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8, o.reason, false, s.pay_timeout_seconds
FROM asked a
JOIN orders o ON o.id = a.id
JOIN sales s ON s.id = o.sale_id
WHERE a.id NOT IN (SELECT id FROM fresh)
UNION ALL
SELECT r.reservation_id, 'REJECTED', 0, i.price_cents::float8 * r.quantity, i.currency::text,
  0, (extract(epoch FROM r.created_at) * 1000)::float8, 0, r.reason, false, 0
FROM asked a
JOIN rejections r ON r.reservation_id = a.id
JOIN items i ON i.id = r.item_id
WHERE a.id NOT IN (SELECT id FROM fresh)
