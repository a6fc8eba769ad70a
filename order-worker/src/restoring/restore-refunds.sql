-- restore-refunds: writes the refunds that PostgreSQL has lost, as the reports of their end and the events of their orders name them. Their ends are
-- settled afterwards. The first refund of a payment that no order keeps has the payment's id: it is not among them, because it is decided again when
-- the payment is settled.
--
-- A refund without an event counts as an operator's whose units do not go back to sale: at no time are there more to win than there are. An operator
-- has settled some outside their provider. A refund that is there, but does not say so, says so afterwards.
--
-- $1 the reports as JSON
WITH reported AS (
  SELECT DISTINCT ON (r."refundId") r.*, coalesce(r.reason, 'operator') AS why, p.order_id
  FROM json_to_recordset($1::json) AS r ("refundId" uuid, "paymentId" uuid, "amountCents" bigint, currency text, "settledBy" text, note text,
    reason text, "returnUnits" boolean, "insteadOf" uuid, provider text)
  -- What another provider reports is not settled, and must not be sent either.
  JOIN payments p ON p.id = r."paymentId" AND p.provider = coalesce(r.provider, p.provider)
  ORDER BY r."refundId", r."settledBy"
), replaced AS (
  UPDATE refunds r SET retried_by = n."refundId"
  FROM reported n
  WHERE r.id = n."insteadOf" AND r.order_id = n.order_id AND r.retried_by IS NULL AND r.state = 'REFUSED'
)
INSERT INTO refunds (id, payment_id, order_id, amount_cents, currency, reason, requested_by, returns_units, state, next_try_at, settled_by, settled_note)
SELECT "refundId", "paymentId", order_id, "amountCents", currency, why, CASE why WHEN 'operator' THEN 'restored' END, coalesce("returnUnits", false),
  -- A worker that is running sends it only if its end cannot be settled.
  'SENT', clock_timestamp() + interval '1 minute', "settledBy", note
FROM reported n
WHERE ("refundId" <> "paymentId" OR "settledBy" IS NOT NULL)
  -- A payment goes back once.
  AND (why = 'operator' OR NOT EXISTS (
    SELECT FROM refunds r WHERE r.payment_id = n."paymentId" AND r.id <> n."refundId" AND r.reason <> 'operator' AND r.state <> 'REFUSED'
  ))
ON CONFLICT (id) DO UPDATE SET settled_by = excluded.settled_by, settled_note = excluded.settled_note
WHERE excluded.settled_by IS NOT NULL AND refunds.settled_by IS NULL AND refunds.state <> 'DONE'
