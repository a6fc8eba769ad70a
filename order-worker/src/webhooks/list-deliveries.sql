-- list-deliveries: a page of an endpoint's deliveries, the newest first.
--
-- $1 lane   $2 states   $3 created since, or null   $4 created before, or null   $5 the last one of the page before, or null   $6 limit
SELECT t.id::text, t.event_id AS "eventId", t.type, t.subject::text, t.state::text, t.attempts, t.created_at AS "createdAt", t.next_try_at AS "nextTryAt",
  t.finished_at AS "finishedAt", t.history -> -1 AS last
FROM listener_tasks t
WHERE t.lane = $1 AND t.state::text = ANY ($2::text[])
  AND t.created_at >= coalesce($3::timestamptz, '-infinity') AND t.created_at < coalesce($4::timestamptz, 'infinity')
  AND ($5::bigint IS NULL OR (t.created_at, t.id) < (SELECT c.created_at, c.id FROM listener_tasks c WHERE c.id = $5::bigint))
ORDER BY t.created_at DESC, t.id DESC
LIMIT $6::int
