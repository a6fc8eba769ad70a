-- settle-payments: writes the decisions for a batch of payments: the payments, the refunds, and the orders. Optimistic lock: if an order or a
-- payment is no longer as it was read when it was decided on, nothing is written, and the caller reads and decides again.
--
-- $1 payment ids   $2 their new statuses   $13 when the buyer paid, on the provider's clock, ms, or null
-- $19 the versions of the orders of those that failed, or null   $20 why they failed, or null
-- $3 payments to refund   $4 their orders   $5 amounts in cents   $6 currencies   $7 reasons
-- $21 the versions of these orders
-- $8 orders to make PAID
-- $14 payments with an event   $15 the events   $16 their orders   $17 versions of these   $18 reasons, or null
-- $9 orders read   $10 their versions   $11 payments read   $12 their statuses
--
-- One statement, so that no lock waits for the network. Orders are locked before payments, each in id order, to avoid deadlocks with cancel_orders.
--
-- Returns one row: stale (how many rows have changed since), and the orders that moved, with their times in ms.

WITH clock AS MATERIALIZED (
  SELECT date_trunc('milliseconds', clock_timestamp()) AS now
), locked_orders AS MATERIALIZED (
  SELECT o.id, o.version FROM orders o WHERE o.id = ANY ($9::uuid[]) ORDER BY o.id FOR UPDATE
), locked_payments AS MATERIALIZED (
  SELECT p.id, p.status
  FROM payments p
  WHERE p.id = ANY ($11::uuid[]) AND (SELECT count(*) FROM locked_orders) >= 0
  ORDER BY p.id FOR UPDATE
), stale AS MATERIALIZED (
  -- NOT IN, as its set is hashed whatever the planner expects.
  SELECT (
    SELECT count(*) FROM locked_orders WHERE (id, version) NOT IN (SELECT * FROM unnest($9::uuid[], $10::int[]))
  ) + (
    SELECT count(*) FROM locked_payments WHERE (id, status) NOT IN (SELECT * FROM unnest($11::uuid[], $12::payment_status[]))
  ) AS count
), settled AS (
  -- After a failed attempt the payment may still be paid, so the provider is still asked for it.
  UPDATE payments p
  SET status = s.status, received_at = clock.now, paid_at = to_timestamp(s.paid_at / 1000),
    failed_at = CASE WHEN s.failed_version IS NULL THEN p.failed_at ELSE clock.now END,
    failed_version = coalesce(s.failed_version, p.failed_version), failed_reason = coalesce(s.failed_reason, p.failed_reason),
    next_query_at = CASE s.status WHEN 'FAILED' THEN p.next_query_at END
  FROM unnest($1::uuid[], $2::payment_status[], $13::float8[], $19::int[], $20::text[])
    AS s (id, status, paid_at, failed_version, failed_reason), clock, stale
  WHERE p.id = s.id AND stale.count = 0
), refunded AS (
  INSERT INTO refunds (id, payment_id, order_id, amount_cents, currency, reason, accepted_version, created_at, next_try_at)
  SELECT r.payment_id, r.payment_id, r.order_id, r.amount_cents, r.currency, r.reason, r.version, clock.now, clock.now
  FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[], $21::int[])
    AS r (payment_id, order_id, amount_cents, currency, reason, version), clock, stale
  WHERE stale.count = 0
  ON CONFLICT DO NOTHING
), waiting AS (
  INSERT INTO waiting_events (ref_id, event, order_id, version, reason, happened_at)
  SELECT e.payment_id, e.event, e.order_id, e.version, e.reason, clock.now
  FROM unnest($14::uuid[], $15::text[], $16::uuid[], $17::int[], $18::text[]) AS e (payment_id, event, order_id, version, reason), clock, stale
  WHERE stale.count = 0
  ON CONFLICT DO NOTHING
), moved AS (
  UPDATE orders o
  SET status = 'PAID', version = o.version + 1, settled_at = clock.now
  FROM unnest($8::uuid[]) AS m (id), clock, stale
  WHERE o.id = m.id AND stale.count = 0
  RETURNING o.id, o.settled_at
)
SELECT stale.count::int AS stale,
  (
    SELECT json_agg(json_build_object('orderId', id, 'settledAt', (extract(epoch FROM settled_at) * 1000)::float8))
    FROM moved
  ) AS moved
FROM stale
