-- items-sold: the units of each item of a sale, by the state of their orders.
--
-- $1 sale id
SELECT i.id AS "itemId", i.title, i.price_cents AS "priceCents", i.currency, i.stock, o.*
FROM items i
CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity), 0)::int AS won,
    coalesce(sum(quantity) FILTER (WHERE status = 'PAID'), 0)::int AS paid,
    coalesce(sum(quantity) FILTER (WHERE status = 'PENDING_PAYMENT'), 0)::int AS pending,
    coalesce(sum(quantity) FILTER (WHERE status IN ('CANCELLED', 'REFUNDED')), 0)::int AS returned,
    greatest(coalesce(sum(quantity), 0) - i.stock, 0)::int AS resold,
    (coalesce(sum(amount_cents) FILTER (WHERE status = 'PAID'), 0) - (
      -- What an operator gave back of paid orders.
      SELECT coalesce(sum(f.amount_cents), 0)
      FROM refunds f
      JOIN orders p ON p.id = f.order_id
      WHERE f.reason = 'operator' AND f.state = 'DONE' AND p.item_id = i.id AND p.status = 'PAID'
    ))::float8 AS "revenueCents"
  FROM orders
  WHERE item_id = i.id
) o
WHERE i.sale_id = $1::uuid
ORDER BY i.position
