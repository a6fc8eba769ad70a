-- open-payments: a sale's payments that are open in PostgreSQL, newest first; the stream says whether the provider has reported them.
-- Leaves out the last 10 s, whose reports may be in flight.
--
-- $1 sale id   $2 most rows
SELECT p.id::text AS "paymentId", p.order_id::text AS "orderId"
FROM payments p
JOIN orders o ON o.id = p.order_id
JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND p.status IN ('CREATED', 'FAILED') AND p.created_at < statement_timestamp() - interval '10 seconds'
ORDER BY p.created_at DESC
LIMIT $2
