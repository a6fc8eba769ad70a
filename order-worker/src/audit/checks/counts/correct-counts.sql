-- correct-counts: adds to an item's order counts what they differ from its rows. A transaction that writes orders writes their counts too, so every
-- snapshot shows the same difference, and orders may move at the same time. Run lock-items.sql first, in the same transaction: two corrections at once
-- would add the difference twice. In the order of the key, as the triggers write: orders that move at the same time wait, and do not deadlock.
--
-- $1 item id
--
-- Returns the item once for each count that was wrong.
INSERT INTO order_counts AS c (item_id, status, part, orders)
SELECT $1::bpchar, status, 0, sum(orders)
FROM (
  SELECT status::text, count(*) AS orders FROM orders WHERE item_id = $1::bpchar GROUP BY status
  UNION ALL
  SELECT 'REJECTED', count(*) FROM rejections WHERE item_id = $1::bpchar
  UNION ALL
  SELECT status, -sum(orders) FROM order_counts WHERE item_id = $1::bpchar GROUP BY status
) differences
GROUP BY status
HAVING sum(orders) <> 0
ORDER BY status
ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders
RETURNING c.item_id AS "itemId"
