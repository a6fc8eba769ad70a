-- overdue-orders: unpaid orders whose deadline's message should have cancelled them by now. Reads the partial index of unpaid orders only.
--
-- $1 grace in seconds   $2 most orders
SELECT id AS "orderId", sale_id AS "saleId"
FROM orders
WHERE status = 'PENDING_PAYMENT' AND pay_by < clock_timestamp() - make_interval(secs => $1::float8)
ORDER BY pay_by
LIMIT $2
