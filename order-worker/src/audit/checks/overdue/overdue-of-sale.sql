-- overdue-of-sale: a sale's unpaid orders that are overdue and do not wait for a provider, oldest first.
--
-- $1 sale id   $2 seconds after payBy
SELECT id::text AS "orderId", pay_by AS "payBy"
FROM orders
WHERE status = 'PENDING_PAYMENT' AND sale_id = $1::uuid AND pay_by < statement_timestamp() - make_interval(secs => $2::float8)
  AND NOT EXISTS (SELECT FROM closing_orders c WHERE c.order_id = orders.id)
ORDER BY pay_by
