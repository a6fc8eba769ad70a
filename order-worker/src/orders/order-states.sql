-- order-states: orders and rejections with the fields of their events. Times in ms. "refund": the one that made the order REFUNDED.
--
-- $1 order ids
SELECT o.id::text AS "orderId", o.sale_id::text AS "saleId", o.item_id::text AS "itemId", o.user_id AS "userId", o.quantity,
  o.amount_cents::float8 AS "amountCents", o.currency::text AS currency,
  (extract(epoch FROM o.reserved_at) * 1000)::float8 AS "reservedAt",
  o.status::text AS status,
  (extract(epoch FROM o.pay_by) * 1000)::float8 AS "payBy",
  (extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAt",
  coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8 AS "settledAt",
  coalesce(extract(epoch FROM o.refunded_at) * 1000, 0)::float8 AS "refundedAt",
  coalesce(f.done_version, o.version) AS version, o.reason,
  CASE WHEN f.id IS NOT NULL THEN json_strip_nulls(json_build_object(
    'refundId', f.id, 'amountCents', f.amount_cents, 'reason', f.reason, 'settledOutside', nullif(f.settled_by IS NOT NULL, false),
    'returnUnits', CASE f.reason WHEN 'operator' THEN f.returns_units END,
    'insteadOf', (SELECT b.id FROM refunds b WHERE b.order_id = f.order_id AND b.retried_by = f.id)
  )) END AS refund
FROM orders o
LEFT JOIN refunds f ON f.order_id = o.id AND f.done_event = 'refunded'
WHERE o.id = ANY ($1::uuid[])
UNION ALL
SELECT r.reservation_id::text, r.sale_id::text, r.item_id::text, r.user_id, r.quantity,
  i.price_cents::float8 * r.quantity, i.currency::text,
  (extract(epoch FROM r.created_at) * 1000)::float8,
  'REJECTED', 0::float8,
  (extract(epoch FROM r.created_at) * 1000)::float8,
  0::float8, 0::float8, 0, r.reason, NULL
FROM rejections r JOIN items i ON i.id = r.item_id
WHERE r.reservation_id = ANY ($1::uuid[])
