-- money-faults: one row for each fault that money.sql counts: its payment, or the order alone if no payment is at fault.
--
-- $1 sale id   $2 most rows
WITH sold AS (
  SELECT o.id, o.status, o.amount_cents, o.currency FROM orders o JOIN items i ON i.id = o.item_id WHERE i.sale_id = $1::uuid
)
SELECT s.id::text AS "orderId", s.status::text AS "orderStatus", p.id::text AS "paymentId",
  CASE
    WHEN p.status <> 'REFUNDED' AND f.whole > 0 THEN 'kept-and-refunded'
    WHEN p.status = 'REFUNDED' AND f.whole IS NULL THEN 'kept'
    WHEN f.promised > coalesce(f.brought, p.amount_cents) THEN 'overdrawn'
    WHEN s.status = 'PAID' THEN 'paid-and-gone'
    ELSE 'received'
  END AS fault, s.amount_cents::float8 AS "amountCents", s.currency::text AS currency
FROM sold s
JOIN payments p ON p.order_id = s.id
LEFT JOIN (
  SELECT r.payment_id, count(*) FILTER (WHERE r.reason <> 'operator') AS whole,
    max(r.amount_cents) FILTER (WHERE r.reason <> 'operator') AS brought,
    coalesce(sum(r.amount_cents) FILTER (WHERE r.state <> 'REFUSED'), 0) AS promised,
    coalesce(sum(r.amount_cents) FILTER (WHERE r.state = 'DONE'), 0) AS gone
  FROM refunds r
  WHERE r.order_id IN (SELECT id FROM sold)
  GROUP BY r.payment_id
) f ON f.payment_id = p.id
WHERE (p.status = 'SUCCEEDED' AND s.status <> 'PAID')
  OR (p.status = 'REFUNDED' AND f.payment_id IS NULL)
  OR (p.status <> 'REFUNDED' AND f.whole > 0)
  OR f.promised > coalesce(f.brought, p.amount_cents)
  OR (p.status = 'SUCCEEDED' AND f.gone >= p.amount_cents)
UNION ALL
SELECT s.id::text, s.status::text, NULL,
  CASE WHEN s.status = 'REFUNDED' THEN 'nothing-refunded' WHEN n.succeeded = 0 THEN 'unpaid' ELSE 'paid-twice' END,
  s.amount_cents::float8, s.currency::text
FROM sold s
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status = 'SUCCEEDED') AS succeeded, count(*) FILTER (WHERE status = 'REFUNDED') AS refunded
  FROM payments WHERE order_id = s.id
) n
WHERE (s.status = 'PAID' AND n.succeeded <> 1 AND (n.succeeded > 0 OR s.amount_cents > 0)) OR (s.status = 'REFUNDED' AND n.refunded = 0)
LIMIT $2
