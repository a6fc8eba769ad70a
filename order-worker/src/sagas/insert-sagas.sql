-- insert-sagas: begins the saga of orders, once.
--
-- $1 saga   $2 its first step   $3 order ids
INSERT INTO sagas (name, step, order_id)
SELECT $1, $2, order_id FROM unnest($3::uuid[]) AS paid (order_id)
ON CONFLICT DO NOTHING
RETURNING order_id::text AS "orderId"
