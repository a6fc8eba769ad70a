-- count-backlogs: what waits and what was given up, of each endpoint.
--
-- $1 endpoints   $2 counts no further
SELECT e.id AS endpoint, open.waiting, open.oldest AS "oldestWaitingAt", dead.failed
FROM (SELECT unnest($1::text[]) AS id) e
CROSS JOIN LATERAL (
  SELECT count(*)::int AS waiting, min(w.created_at) AS oldest
  FROM (SELECT created_at FROM listener_tasks WHERE lane = 'webhooks/' || e.id AND state IN ('HELD', 'WAITING') LIMIT $2::int) w
) open
CROSS JOIN LATERAL (
  SELECT count(*)::int AS failed
  FROM (SELECT FROM listener_tasks WHERE lane = 'webhooks/' || e.id AND state = 'DEAD' LIMIT $2::int) d
) dead
