-- restore-refunds: writes the refunds that PostgreSQL has lost, as the reports of their end name them. A refund under the id of its payment is not among
-- them: it is decided again when the payment is settled. All others are an operator's. Whether their units went back to sale is lost, so they
-- do not: at no time are there more to win than there are.
--
-- An operator has settled some outside their provider, which had refused them. A refund that is there, but does not say so, says so afterwards.
--
-- $1 the reports as JSON
INSERT INTO refunds (id, payment_id, order_id, amount_cents, currency, reason, requested_by, state, settled_by, settled_note)
SELECT r."refundId", p.id, p.order_id, r."amountCents", r.currency, 'operator', 'restored',
  CASE WHEN r."settledBy" IS NULL THEN 'SENT' ELSE 'REFUSED' END::refund_state, r."settledBy", r.note
FROM (
  SELECT DISTINCT ON ("refundId") *
  FROM json_to_recordset($1::json) AS r ("refundId" uuid, "paymentId" uuid, "amountCents" bigint, currency text, "settledBy" text, note text)
  ORDER BY "refundId", "settledBy"
) r
JOIN payments p ON p.id = r."paymentId"
WHERE r."refundId" <> r."paymentId" OR r."settledBy" IS NOT NULL
ON CONFLICT (id) DO UPDATE SET settled_by = excluded.settled_by, settled_note = excluded.settled_note
WHERE excluded.settled_by IS NOT NULL AND refunds.settled_by IS NULL AND refunds.state <> 'DONE'
