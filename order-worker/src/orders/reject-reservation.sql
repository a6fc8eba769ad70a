-- reject-reservation: records that a reservation becomes no order, unless it already is one, and returns its state. Locked before: the item
-- (lock-items.sql), so that no worker creates the order at the same time.
--
-- $1 reservation id   $2 item id   $3 sale id   $4 user id   $5 quantity   $6 reason
--
-- The sale is the item's, whatever $3 says. Returns one row, times in ms. For an unknown item the amount is 0 in XXX, the ISO 4217 code for
-- "no currency".

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), rejected AS (
  INSERT INTO rejections (reservation_id, sale_id, item_id, user_id, quantity, reason, created_at)
  SELECT $1::uuid, coalesce(i.sale_id, $3::uuid), $2, $4, $5, $6, clock.now
  FROM clock
  LEFT JOIN items i ON i.id = $2::bpchar
  WHERE NOT EXISTS (SELECT FROM orders WHERE id = $1::uuid)
  ON CONFLICT (reservation_id) DO NOTHING
  RETURNING reservation_id, reason, created_at
)
SELECT coalesce(o.status::text, 'REJECTED') AS status, coalesce(i.sale_id, $3::uuid) AS "saleId",
  coalesce(o.amount_cents, i.price_cents::bigint * $5, 0)::float8 AS "amountCents",
  coalesce(o.currency, i.currency, 'XXX') AS currency,
  coalesce(extract(epoch FROM o.pay_by) * 1000, 0)::float8 AS "payBy",
  (extract(epoch FROM coalesce(o.created_at, x.created_at, r.created_at)) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8 AS "settledAt",
  coalesce(x.reason, r.reason, o.reason) AS reason,
  x.reservation_id IS NOT NULL AS fresh
FROM clock
LEFT JOIN items i ON i.id = $2::bpchar
LEFT JOIN orders o ON o.id = $1::uuid
LEFT JOIN rejected x ON true
LEFT JOIN rejections r ON r.reservation_id = $1::uuid
