-- over-limit: users who hold more units of an item in live orders than its limit per user.
--
-- $1 sale id
--
-- Returns 1000 rows at most, more than a person reads.
SELECT o.user_id AS "userId", i.id::text AS "itemId", sum(o.quantity)::int AS units, i.limit_per_user AS "limit"
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND o.status IN ('PENDING_PAYMENT', 'PAID')
GROUP BY i.id, o.user_id
HAVING sum(o.quantity) > i.limit_per_user
LIMIT 1000
