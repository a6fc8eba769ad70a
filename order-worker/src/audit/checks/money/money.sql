-- money: a sale's payments that match neither a paid order nor a refund, and orders that disagree with their payments.
--
-- A free order is paid without a payment.
--
-- $1 sale id
WITH sold AS (
  SELECT o.id, o.status, o.amount_cents FROM orders o JOIN items i ON i.id = o.item_id WHERE i.sale_id = $1::uuid
), paid AS (
  SELECT s.id, s.status, s.amount_cents > 0 AS due,
    count(p.id) FILTER (WHERE p.status = 'SUCCEEDED') AS succeeded,
    count(p.id) FILTER (WHERE p.status = 'REFUNDED') AS refunded,
    count(p.id) FILTER (WHERE p.status = 'REFUNDED' AND f.payment_id IS NULL) AS unrefunded,
    count(p.id) FILTER (WHERE p.status <> 'REFUNDED' AND f.payment_id IS NOT NULL) AS twofold
  FROM sold s
  LEFT JOIN payments p ON p.order_id = s.id
  LEFT JOIN refunds f ON f.payment_id = p.id
  GROUP BY s.id, s.status, s.amount_cents
)
SELECT coalesce(sum(succeeded + refunded), 0)::int AS received,
  (count(*) FILTER (WHERE status = 'PAID'))::int AS paid,
  (count(*) FILTER (WHERE status = 'PAID' AND NOT due AND succeeded = 0))::int AS free,
  coalesce(sum(refunded), 0)::int AS refunds,
  (count(*) FILTER (WHERE (status = 'PAID' AND (due OR succeeded > 0)) <> (succeeded = 1) OR succeeded > 1))::int AS "paidWrong",
  coalesce(sum(unrefunded), 0)::int AS kept,
  coalesce(sum(twofold), 0)::int AS "keptAndRefunded",
  (count(*) FILTER (WHERE status = 'REFUNDED' AND refunded = 0))::int AS "refundedWrong"
FROM paid
