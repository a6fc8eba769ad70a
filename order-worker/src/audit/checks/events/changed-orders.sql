-- moved-orders: orders and rejections of a sale to which something has happened that an event tells of.
--
-- $1 sale id   $2 the statuses of orders to which it has happened   $3 true: rejections   $4 true: it happened when the order was made
--
-- `recent`: within the last 5 s, so that its event may be on its way.
SELECT o.id::text AS "orderId",
  coalesce(CASE WHEN $4::bool THEN o.created_at ELSE o.settled_at END > clock_timestamp() - interval '5 seconds', false) AS recent
FROM orders o
WHERE o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid) AND o.status::text = ANY ($2::text[])
UNION ALL
SELECT r.reservation_id::text, r.created_at > clock_timestamp() - interval '5 seconds'
FROM rejections r
WHERE $3::bool AND r.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
