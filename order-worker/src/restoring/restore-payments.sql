-- restore-payments: writes the payments that PostgreSQL has lost, as the provider's reports of their success name them. They are FAILED until the
-- reports are settled: an order has at most one open payment, and a success counts after a failure too.
--
-- A report without a provider is one of the HTTP provider, in the form of earlier versions.
--
-- $1 the reports as JSON
INSERT INTO payments (id, order_id, amount_cents, currency, provider, status)
SELECT r."paymentId", o.id, r."amountCents", r.currency, coalesce(r.provider, 'http'), 'FAILED'
FROM (
  SELECT DISTINCT ON ("paymentId") *
  FROM json_to_recordset($1::json) AS r ("paymentId" uuid, "orderId" uuid, "amountCents" bigint, currency text, provider text)
) r
JOIN orders o ON o.id = r."orderId"
ON CONFLICT (id) DO NOTHING
