-- lock-payments: locks the payments, after their orders, in id order.
--
-- $1 payment ids
SELECT id AS "paymentId", order_id AS "orderId", status::text AS status,
  EXISTS (SELECT FROM refunds WHERE refunds.payment_id = payments.id) AS "hasRefund"
FROM payments
WHERE id = ANY ($1::uuid[])
ORDER BY id
FOR UPDATE
