-- claim-refunds: takes the refunds whose time has come, for $4 seconds. By then this worker knows more, or it is dead and another takes them. SENT is
-- committed before the call, so a refund that a crash left there is sent again under the same id. Rows that another worker holds are skipped.
--
-- Each provider has places for its own refunds: one that hangs delays no refund of another.
--
-- $1 providers that are configured   $2 providers with free places, '' for those that are not configured   $3 their free places   $4 seconds
--
-- "paidCents": what the buyer paid. A payment that no order keeps goes back whole, and may differ from its order's amount.
UPDATE refunds r
SET state = CASE r.state WHEN 'DECIDED' THEN 'SENT' ELSE r.state END, sent_at = coalesce(r.sent_at, clock_timestamp()), attempts = r.attempts + 1,
  next_try_at = clock_timestamp() + make_interval(secs => $4::float8)
FROM payments p
WHERE p.id = r.payment_id AND r.id = ANY (ARRAY(
  SELECT due.id
  FROM unnest($2::text[], $3::int[]) AS places (provider, most)
  CROSS JOIN LATERAL (
    SELECT d.id
    FROM refunds d
    JOIN payments paid ON paid.id = d.payment_id
    WHERE d.state IN ('DECIDED', 'SENT', 'PENDING') AND d.next_try_at <= statement_timestamp()
      AND places.provider = CASE WHEN paid.provider = ANY ($1::text[]) THEN paid.provider ELSE '' END
    ORDER BY d.next_try_at
    LIMIT places.most
    FOR UPDATE OF d SKIP LOCKED
  ) due
))
RETURNING r.id AS "refundId", p.provider, r.payment_id AS "paymentId", r.order_id AS "orderId", r.amount_cents::float8 AS "amountCents", r.currency, r.reason,
  r.state::text AS state, r.attempts, CASE r.reason WHEN 'operator' THEN p.amount_cents ELSE r.amount_cents END::float8 AS "paidCents"
