-- cancelled-early: orders that were cancelled as unpaid before their payBy.
--
-- $1 sale id
--
-- Returns 1000 rows at most, more than a person reads.
SELECT o.id::text AS "orderId", o.settled_at::text AS "cancelledAt", o.pay_by::text AS "payBy"
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND o.reason = 'unpaid' AND o.settled_at < o.pay_by
LIMIT 1000
