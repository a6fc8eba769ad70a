-- write-search: the newest known status of orders. Each order once, in the order of their ids. An older status never replaces a newer one.
--
-- $1 order ids   $2 sale ids   $3 item ids   $4 user ids   $5 statuses   $6 versions   $7 times, ms
--
-- User and time are those of the order, if it is still there: the user may have been erased since the event, and an event tells only its own time.
INSERT INTO order_search AS s (order_id, sale_id, item_id, user_id, status, version, created_at)
SELECT e.order_id, e.sale_id, e.item_id, coalesce(o.user_id, e.user_id), e.status::order_status, e.version,
  coalesce(o.created_at, to_timestamp(e.at / 1000))
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::float8[])
  AS e (order_id, sale_id, item_id, user_id, status, version, at)
LEFT JOIN orders o ON o.id = e.order_id
ORDER BY e.order_id
ON CONFLICT (order_id) DO UPDATE SET status = excluded.status, version = excluded.version WHERE s.version < excluded.version
