-- claim-refunds: takes the refunds whose time has come, for $2 seconds. By then this worker knows more, or it is dead and another takes them. SENT is
-- committed before the call, so a refund that a crash left there is sent again under the same id. Rows that another worker holds are skipped.
--
-- $1 most refunds   $2 seconds
--
-- "paidCents": what the buyer paid. A payment that no order keeps goes back whole, and may differ from its order's amount.
UPDATE refunds r
SET state = CASE r.state WHEN 'DECIDED' THEN 'SENT' ELSE r.state END, sent_at = coalesce(r.sent_at, clock_timestamp()), attempts = r.attempts + 1,
  next_try_at = clock_timestamp() + make_interval(secs => $2::float8)
FROM payments p
WHERE p.id = r.payment_id AND r.id = ANY (ARRAY(
  SELECT id FROM refunds
  WHERE state IN ('DECIDED', 'SENT', 'PENDING') AND next_try_at <= statement_timestamp()
  ORDER BY next_try_at
  LIMIT $1
  FOR UPDATE SKIP LOCKED
))
RETURNING r.id AS "refundId", r.payment_id AS "paymentId", r.order_id AS "orderId", r.amount_cents::float8 AS "amountCents", r.currency, r.reason,
  r.state::text AS state, r.attempts, CASE r.reason WHEN 'operator' THEN p.amount_cents ELSE r.amount_cents END::float8 AS "paidCents"
