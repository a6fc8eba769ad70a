-- settle-payments: writes the decisions for a batch of payments: the payments, the refunds, and the orders. Optimistic lock: if an order or a
-- payment is no longer as it was read when it was decided on, nothing is written, and the caller reads and decides again.
--
-- $1 payment ids   $2 their new statuses   $14 when the buyer paid, on the provider's clock, ms, or null
-- $3 payments to refund   $4 their orders   $5 amounts in cents   $6 currencies   $7 reasons
-- $8 order ids   $9 their new statuses
-- $10 orders read   $11 their versions   $12 payments read   $13 their statuses
--
-- One statement, so that no lock waits for the network. Orders are locked before payments, each in id order, to avoid deadlocks with cancel_orders.
--
-- Returns one row: stale (how many rows have changed since), and the orders that moved, with their times in ms.

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), locked_orders AS MATERIALIZED (
  SELECT o.id, o.version FROM orders o WHERE o.id = ANY ($10::uuid[]) ORDER BY o.id FOR UPDATE
), locked_payments AS MATERIALIZED (
  SELECT p.id, p.status
  FROM payments p
  WHERE p.id = ANY ($12::uuid[]) AND (SELECT count(*) FROM locked_orders) >= 0
  ORDER BY p.id FOR UPDATE
), stale AS MATERIALIZED (
  -- NOT IN, as its set is hashed whatever the planner expects.
  SELECT (
    SELECT count(*) FROM locked_orders WHERE (id, version) NOT IN (SELECT * FROM unnest($10::uuid[], $11::int[]))
  ) + (
    SELECT count(*) FROM locked_payments WHERE (id, status) NOT IN (SELECT * FROM unnest($12::uuid[], $13::payment_status[]))
  ) AS count
), settled AS (
  -- After a failed attempt the payment may still be paid, so the provider is still asked for it.
  UPDATE payments p
  SET status = s.status, received_at = clock.now, paid_at = to_timestamp(s.paid_at / 1000),
    next_query_at = CASE s.status WHEN 'FAILED' THEN p.next_query_at END
  FROM unnest($1::uuid[], $2::payment_status[], $14::float8[]) AS s (id, status, paid_at), clock, stale
  WHERE p.id = s.id AND stale.count = 0
), refunded AS (
  INSERT INTO refunds (payment_id, order_id, amount_cents, currency, reason, created_at)
  SELECT r.payment_id, r.order_id, r.amount_cents, r.currency, r.reason, clock.now
  FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[]) AS r (payment_id, order_id, amount_cents, currency, reason), clock, stale
  WHERE stale.count = 0
  ON CONFLICT (payment_id) DO NOTHING
), moved AS (
  -- A refund leaves the time at which the order was paid or cancelled.
  UPDATE orders o
  SET status = m.status, version = o.version + 1,
    settled_at = CASE m.status WHEN 'REFUNDED' THEN o.settled_at ELSE clock.now END,
    refunded_at = CASE m.status WHEN 'REFUNDED' THEN clock.now END
  FROM unnest($8::uuid[], $9::order_status[]) AS m (id, status), clock, stale
  WHERE o.id = m.id AND stale.count = 0
  RETURNING o.id, o.settled_at, o.refunded_at
)
SELECT stale.count::int AS stale,
  (
    SELECT json_agg(json_build_object('orderId', id, 'settledAt', coalesce(extract(epoch FROM settled_at) * 1000, 0)::float8,
      'refundedAt', coalesce(extract(epoch FROM refunded_at) * 1000, 0)::float8))
    FROM moved
  ) AS moved
FROM stale
