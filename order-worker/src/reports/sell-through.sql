-- sell-through: units won, paid and returned in each of equal steps between the first win and the last change.
--
-- $1 sale id   $2 most steps
--
-- A paid order that is refunded returns its units then. Late money for a cancelled order is refunded too; its units had returned with the cancel.
WITH sold AS (
  SELECT o.quantity, o.reserved_at, o.settled_at,
    o.status = 'PAID' OR o.status = 'REFUNDED' AND o.reason IS NULL AS was_paid,
    CASE WHEN o.reason IS NULL THEN o.refunded_at END AS refunded_at
  FROM items i
  JOIN orders o ON o.item_id = i.id
  WHERE i.sale_id = $1::uuid
), span AS (
  SELECT min(reserved_at) AS first,
    greatest(1, ceil(extract(epoch FROM max(greatest(reserved_at, settled_at, refunded_at)) - min(reserved_at)) / $2::int))::int AS step
  FROM sold
), moves AS (
  SELECT reserved_at AS at, quantity AS won, 0 AS paid, 0 AS returned FROM sold
  UNION ALL
  SELECT settled_at, 0, CASE WHEN was_paid THEN quantity ELSE 0 END, CASE WHEN was_paid THEN 0 ELSE quantity END
  FROM sold
  WHERE settled_at IS NOT NULL
  UNION ALL
  SELECT refunded_at, 0, 0, quantity FROM sold WHERE refunded_at IS NOT NULL
)
-- Clocks may differ: an order settled before the first win counts in the first step.
SELECT first + greatest(0, floor(extract(epoch FROM at - first) / step)) * step * interval '1 second' AS at,
  sum(won)::int AS won, sum(paid)::int AS paid, sum(returned)::int AS returned
FROM moves CROSS JOIN span
GROUP BY 1
ORDER BY 1
