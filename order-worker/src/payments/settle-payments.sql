-- settle-payments: writes the decisions for a batch of payments: the payments, the refunds, and the orders by optimistic lock.
--
-- $1 payment ids   $2 their new statuses
-- $3 payments to refund   $4 their orders   $5 amounts in cents   $6 currencies   $7 reasons
-- $8 order ids   $9 the versions that were read   $10 their new statuses
--
-- Returns the orders that moved, with the time in ms.

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), settled AS (
  UPDATE payments p SET status = s.status, received_at = clock.now
  FROM unnest($1::uuid[], $2::payment_status[]) AS s (id, status), clock
  WHERE p.id = s.id
), refunded AS (
  INSERT INTO refunds (payment_id, order_id, amount_cents, currency, reason, created_at)
  SELECT r.payment_id, r.order_id, r.amount_cents, r.currency, r.reason, clock.now
  FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[]) AS r (payment_id, order_id, amount_cents, currency, reason), clock
  ON CONFLICT (payment_id) DO NOTHING
)
UPDATE orders o SET status = m.status, version = o.version + 1, settled_at = clock.now
FROM unnest($8::uuid[], $9::int[], $10::order_status[]) AS m (id, version, status), clock
WHERE o.id = m.id AND o.version = m.version
RETURNING o.id AS "orderId", (extract(epoch FROM o.settled_at) * 1000)::float8 AS "settledAt"
