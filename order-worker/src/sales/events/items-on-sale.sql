-- items-on-sale: the items of sales that run, or those of $1 among them, each with its last event.
--
-- $1 item ids, or null for all
SELECT i.id AS "itemId", s.id::text AS "saleId", e.event, coalesce(e.turn, 0) AS turn,
  coalesce(e.happened_at > clock_timestamp() - make_interval(secs => $2::float8), false) AS recent
FROM sales s
JOIN items i ON i.sale_id = s.id
LEFT JOIN LATERAL (
  SELECT event, turn, happened_at FROM sale_events WHERE item_id = i.id ORDER BY turn DESC LIMIT 1
) e ON true
WHERE s.status::text IN ('PUBLISHED', 'PAUSED') AND s.starts_at <= clock_timestamp() AND s.ends_at > clock_timestamp()
  AND ($1::text[] IS NULL OR i.id = ANY ($1::text[]))
