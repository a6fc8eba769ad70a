-- due-tasks: the tasks whose time has come, up to the free places of each lane. A task waits for the earlier ones of its order in its lane.
--
-- $1 lanes   $2 their free places   $3 tasks that this worker has taken
SELECT t.id::text, t.lane, t.subject, t.event_id AS "eventId", t.type, t.event, t.attempts,
  date_part('epoch', clock_timestamp() - coalesce(t.replayed_at, t.created_at)) * 1000 AS "ageMs"
FROM unnest($1::text[], $2::int[]) AS l (lane, places)
CROSS JOIN LATERAL (
  SELECT d.*
  FROM listener_tasks d
  WHERE d.lane = l.lane AND d.state IN ('HELD', 'WAITING') AND d.next_try_at <= statement_timestamp() AND d.id <> ALL ($3::bigint[])
    AND NOT EXISTS (
      SELECT FROM listener_tasks e
      WHERE e.lane = d.lane AND e.subject = d.subject AND e.state IN ('HELD', 'WAITING') AND (e.rank, e.id) < (d.rank, d.id)
    )
  ORDER BY d.next_try_at, d.id
  LIMIT l.places
) t
