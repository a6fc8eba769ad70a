-- sell-through: units won, paid and returned in each of equal steps between the first win and the last change.
--
-- $1 sale id   $2 most steps
--
-- A paid order that is refunded returns its units then. Late money for a cancelled order is refunded too; its units had returned with the cancel.
--
-- Times are computed as floating point: `extract` computes with decimal digits, and a million orders took three times as much CPU. One pass finds the
-- span. A second pass adds up the units by the steps of their changes, which are few, however many orders there are.
WITH span AS MATERIALIZED (
  SELECT min(o.reserved_at) AS began, date_part('epoch', min(o.reserved_at)) AS first,
    greatest(1, ceil((
      date_part('epoch', greatest(max(o.reserved_at), max(o.settled_at), max(o.refunded_at) FILTER (WHERE o.reason IS NULL)))
      - date_part('epoch', min(o.reserved_at))
    ) / $2::int)) AS step
  FROM orders o
  WHERE o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
), units AS MATERIALIZED (
  SELECT floor((date_part('epoch', o.reserved_at) - span.first) / span.step) AS won_in,
    floor((date_part('epoch', o.settled_at) - span.first) / span.step) AS settled_in,
    CASE WHEN o.reason IS NULL THEN floor((date_part('epoch', o.refunded_at) - span.first) / span.step) END AS refunded_in,
    o.status = 'PAID' OR o.status = 'REFUNDED' AND o.reason IS NULL AS was_paid,
    sum(o.quantity) AS quantity
  FROM orders o CROSS JOIN span
  WHERE o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
  GROUP BY 1, 2, 3, 4
), moves AS (
  SELECT won_in AS step, quantity AS won, 0 AS paid, 0 AS returned FROM units
  UNION ALL
  SELECT settled_in, 0, CASE WHEN was_paid THEN quantity ELSE 0 END, CASE WHEN was_paid THEN 0 ELSE quantity END
  FROM units
  WHERE settled_in IS NOT NULL
  UNION ALL
  SELECT refunded_in, 0, 0, quantity FROM units WHERE refunded_in IS NOT NULL
)
-- Clocks may differ: an order settled before the first win counts in the first step.
SELECT span.began + greatest(0, m.step) * span.step * interval '1 second' AS at,
  sum(m.won)::int AS won, sum(m.paid)::int AS paid, sum(m.returned)::int AS returned
FROM moves m CROSS JOIN span
GROUP BY 1
ORDER BY 1
