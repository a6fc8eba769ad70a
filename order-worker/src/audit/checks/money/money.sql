-- money: a sale's payments that match neither a paid order nor a refund, and orders and refunds that disagree with their payments.
--
-- A free order is paid without a payment.
--
-- $1 sale id
WITH sold AS (
  SELECT o.id, o.status, o.amount_cents FROM orders o JOIN items i ON i.id = o.item_id WHERE i.sale_id = $1::uuid
), given_back AS (
  SELECT r.payment_id,
    count(*) FILTER (WHERE r.reason <> 'operator') AS whole,
    -- What the payment brought, if no order keeps it: it goes back as it came.
    max(r.amount_cents) FILTER (WHERE r.reason <> 'operator') AS brought,
    coalesce(sum(r.amount_cents) FILTER (WHERE r.state <> 'REFUSED'), 0) AS promised,
    coalesce(sum(r.amount_cents) FILTER (WHERE r.state = 'DONE'), 0) AS gone,
    count(*) FILTER (WHERE r.state = 'DONE') AS done,
    count(*) FILTER (WHERE r.state = 'DONE' AND r.settled_by IS NOT NULL) AS outside,
    count(*) FILTER (WHERE r.state IN ('DECIDED', 'SENT', 'PENDING')) AS open,
    count(*) FILTER (WHERE r.state = 'REFUSED' AND r.retried_by IS NULL) AS refused
  FROM refunds r
  JOIN orders o ON o.id = r.order_id
  JOIN items i ON i.id = o.item_id
  -- Not from `sold`: the planner reads payments by their orders only if that is named once.
  WHERE i.sale_id = $1::uuid
  GROUP BY r.payment_id
), paid AS (
  SELECT s.id, s.status, s.amount_cents > 0 AS due,
    count(p.id) FILTER (WHERE p.status = 'SUCCEEDED') AS succeeded,
    count(p.id) FILTER (WHERE p.status = 'REFUNDED') AS refunded,
    count(p.id) FILTER (WHERE p.status = 'REFUNDED' AND f.payment_id IS NULL) AS unrefunded,
    count(p.id) FILTER (WHERE p.status <> 'REFUNDED' AND f.whole > 0) AS twofold,
    count(p.id) FILTER (WHERE f.promised > coalesce(f.brought, p.amount_cents)) AS overdrawn,
    count(p.id) FILTER (WHERE p.status = 'SUCCEEDED' AND f.gone >= p.amount_cents) AS gone,
    sum(f.done) AS done, sum(f.outside) AS outside, sum(f.open) AS open, sum(f.refused) AS refused
  FROM sold s
  LEFT JOIN payments p ON p.order_id = s.id
  LEFT JOIN given_back f ON f.payment_id = p.id
  GROUP BY s.id, s.status, s.amount_cents
)
SELECT coalesce(sum(succeeded + refunded), 0)::int AS received,
  (count(*) FILTER (WHERE status = 'PAID'))::int AS paid,
  (count(*) FILTER (WHERE status = 'PAID' AND NOT due AND succeeded = 0))::int AS free,
  coalesce(sum(done), 0)::int AS done, coalesce(sum(outside), 0)::int AS outside, coalesce(sum(open), 0)::int AS open, coalesce(sum(refused), 0)::int AS refused,
  (count(*) FILTER (WHERE (status = 'PAID' AND (due OR succeeded > 0)) <> (succeeded = 1) OR succeeded > 1))::int AS "paidWrong",
  coalesce(sum(unrefunded), 0)::int AS kept,
  coalesce(sum(twofold), 0)::int AS "keptAndRefunded",
  (count(*) FILTER (WHERE status = 'REFUNDED' AND refunded = 0))::int AS "refundedWrong",
  coalesce(sum(overdrawn), 0)::int AS overdrawn,
  coalesce(sum(gone), 0)::int AS "paidAndGone"
FROM paid
