-- claim-closing: takes the orders whose checkouts are to be closed next, for $2 seconds. By then this worker has moved on, or it is dead and another
-- takes them. Rows that another worker holds are skipped.
--
-- $1 most orders   $2 seconds
UPDATE closing_orders
SET next_try_at = clock_timestamp() + make_interval(secs => $2::float8), tries = tries + 1
WHERE order_id = ANY (ARRAY(
  SELECT order_id FROM closing_orders
  WHERE next_try_at <= statement_timestamp()
  ORDER BY next_try_at
  LIMIT $1
  FOR UPDATE SKIP LOCKED
))
RETURNING order_id AS "orderId", tries, date_part('epoch', clock_timestamp() - wanted_at) * 1000 AS "sinceMs"
