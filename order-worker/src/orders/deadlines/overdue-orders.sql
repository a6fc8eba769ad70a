-- overdue-orders: unpaid orders that their deadline message should have cancelled by now, or handed to the closing of their checkouts. Reads only these from the partial index of unpaid orders:
-- statement_timestamp() bounds the index scan, and clock_timestamp(), which changes from row to row, would be compared with every unpaid order.
--
-- $1 grace in seconds   $2 most orders
SELECT id AS "orderId", sale_id AS "saleId"
FROM orders
WHERE status = 'PENDING_PAYMENT' AND pay_by < statement_timestamp() - make_interval(secs => $1::float8)
  AND NOT EXISTS (SELECT FROM closing_orders c WHERE c.order_id = orders.id)
ORDER BY pay_by
LIMIT $2
