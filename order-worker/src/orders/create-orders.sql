-- create-orders: creates orders for a batch of reservations, rejects those that do not fit, and returns the state of every one. That includes
-- those that an earlier delivery created, so that a redelivery can repair what follows the commit. Locked before: the items (lock-items.sql).
--
-- Arrays of equal length, in the order of the stream, each id once:
-- $1 reservation ids   $2 item ids   $3 sale ids   $4 user ids   $5 quantities   $6 reserved at (ms)
--
-- First come, first served: a running sum over the batch must not exceed the units left, nor the user's limit. A reservation that does not fit
-- still counts in the sum, so a smaller one after it may be rejected too; the unsold units are won again through Redis.
--
-- Returns ord (from 1), status (the order's, REJECTED or UNKNOWN_ITEM), and what the events need. Times in ms.

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
  INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, pay_by, reserved_at, created_at)
  SELECT j.id, j.sale_id, j.item_id, j.user_id, j.quantity, j.price_cents::bigint * j.quantity, j.currency,
    clock.now + make_interval(secs => j.pay_timeout_seconds), to_timestamp(j.reserved_at / 1000), clock.now
  FROM judged j, clock
  WHERE j.in_limit AND j.in_stock
  ON CONFLICT (id) DO NOTHING
  RETURNING id, item_id, quantity, amount_cents, currency, pay_by
), rejected AS (
  INSERT INTO rejections (reservation_id, sale_id, item_id, user_id, quantity, reason, created_at)
  SELECT j.id, j.sale_id, j.item_id, j.user_id, j.quantity, CASE WHEN j.in_limit THEN 'SOLD_OUT' ELSE 'LIMIT_REACHED' END, clock.now
  FROM judged j, clock
  WHERE NOT (j.in_limit AND j.in_stock)
  ON CONFLICT (reservation_id) DO NOTHING
  RETURNING reservation_id, reason
), sold AS (
  UPDATE items i SET sold = i.sold + made.units
  FROM (SELECT item_id, sum(quantity) AS units FROM inserted GROUP BY item_id) made
  WHERE i.id = made.item_id
)
SELECT a.ord::int AS ord,
  CASE
    WHEN n.id IS NOT NULL THEN 'PENDING_PAYMENT'
    WHEN o.id IS NOT NULL THEN o.status::text
    WHEN x.reservation_id IS NOT NULL OR r.reservation_id IS NOT NULL THEN 'REJECTED'
    ELSE 'UNKNOWN_ITEM'
  END AS status,
  coalesce(n.amount_cents, o.amount_cents, i.price_cents::bigint * a.quantity)::float8 AS "amountCents",
  coalesce(n.currency, o.currency, i.currency) AS currency,
  coalesce(extract(epoch FROM coalesce(n.pay_by, o.pay_by)) * 1000, 0)::float8 AS "payBy",
  extract(epoch FROM coalesce(o.created_at, r.created_at, clock.now))::float8 * 1000 AS "createdAt",
  coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8 AS "settledAt",
  coalesce(x.reason, r.reason, o.reason) AS reason,
  n.id IS NOT NULL OR x.reservation_id IS NOT NULL AS fresh,
  s.pay_timeout_seconds AS "payTimeoutSeconds"
FROM asked a
CROSS JOIN clock
LEFT JOIN items i ON i.id = a.item_id::bpchar AND i.sale_id = a.sale_id
LEFT JOIN sales s ON s.id = i.sale_id
LEFT JOIN inserted n ON n.id = a.id
LEFT JOIN rejected x ON x.reservation_id = a.id
LEFT JOIN orders o ON o.id = a.id
LEFT JOIN rejections r ON r.reservation_id = a.id
ORDER BY a.ord
