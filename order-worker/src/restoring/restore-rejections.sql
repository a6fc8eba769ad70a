-- restore-rejections: writes rejections that PostgreSQL has lost.
--
-- $1 their events as JSON; times in ms
INSERT INTO rejections (reservation_id, sale_id, item_id, user_id, quantity, reason, created_at)
SELECT l."orderId", l."saleId", i.id, l."userId", l.quantity, coalesce(l.reason, 'SOLD_OUT'), to_timestamp(l.at / 1000)
FROM json_to_recordset($1::json) AS l ("orderId" uuid, "saleId" uuid, "itemId" text, "userId" text, quantity int, reason text, at float8)
JOIN items i ON i.id = l."itemId"::bpchar AND i.sale_id = l."saleId"
WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = l."orderId")
ON CONFLICT (reservation_id) DO NOTHING
RETURNING reservation_id::text AS id
