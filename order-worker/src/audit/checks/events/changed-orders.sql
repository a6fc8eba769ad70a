-- changed-orders: a sale's orders or rejections to which the change that an event reports has happened.
--
-- $1 sale id   $2 statuses of orders after the change   $3 the event's name
--
-- `recent`: within the last 5 s, so its event may be in flight.
SELECT o.id::text AS "orderId",
  coalesce(
    CASE $3 WHEN 'created' THEN o.created_at WHEN 'refunded' THEN coalesce(o.refunded_at, o.settled_at) ELSE o.settled_at END > clock_timestamp() - interval '5 seconds',
    false
  ) AS recent
FROM orders o
WHERE o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid) AND o.status::text = ANY ($2::text[])
  -- An order without a reason was never cancelled: if it is REFUNDED, it had been paid.
  AND (o.status <> 'REFUNDED' OR $3 NOT IN ('paid', 'cancelled') OR ($3 = 'paid') = (o.reason IS NULL))
UNION ALL
SELECT r.reservation_id::text, r.created_at > clock_timestamp() - interval '5 seconds'
FROM rejections r
WHERE $3 = 'rejected' AND r.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
