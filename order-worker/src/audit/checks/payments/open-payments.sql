-- reported-payments: payments of a sale that are open as far as PostgreSQL knows. Whether the provider has reported them, the stream says.
-- The newest; not those of the last 10 s, whose report may be on its way.
--
-- $1 sale id   $2 most rows
SELECT p.id::text AS "paymentId", p.order_id::text AS "orderId", p.status::text AS status
FROM payments p
JOIN orders o ON o.id = p.order_id
JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND p.status IN ('CREATED', 'FAILED') AND p.created_at < clock_timestamp() - interval '10 seconds'
ORDER BY p.created_at DESC
LIMIT $2
