-- restore-refunds: writes the refunds that PostgreSQL has lost, as the provider's reports of their end name them. A refund under the id of its payment is
-- not among them: it is decided again when the payment is settled. All others are an operator's. Whether their units went back to sale is lost, so they
-- do not: at no time are there more to win than there are.
--
-- $1 the reports as JSON
INSERT INTO refunds (id, payment_id, order_id, amount_cents, currency, reason, requested_by, state)
SELECT r."refundId", p.id, p.order_id, r."amountCents", r.currency, 'operator', 'restored', 'SENT'
FROM (
  SELECT DISTINCT ON ("refundId") *
  FROM json_to_recordset($1::json) AS r ("refundId" uuid, "paymentId" uuid, "amountCents" bigint, currency text)
) r
JOIN payments p ON p.id = r."paymentId"
WHERE r."refundId" <> r."paymentId"
ON CONFLICT DO NOTHING
