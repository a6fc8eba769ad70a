-- add-tasks: keeps events for the lanes that want them. An event that is there already stays as it is.
--
-- A worker may publish that an order was paid before another one publishes that it was created. Such an event is held until the order's first event is
-- here, for $7 seconds at most.
--
-- $1 lanes   $2 subjects   $3 event ids   $4 types   $5 ranks   $6 events   $7 seconds   $8 whether the order's first event must be here before: it is in none of
-- these rows. Texts are joined with U+001E, because to quote the elements of an array costs more than all else.
WITH wanted AS (
  SELECT * FROM unnest(
    string_to_array($1::text, chr(30)), $2::uuid[], string_to_array($3::text, chr(30)), string_to_array($4::text, chr(30)), $5::int[],
    string_to_array($6::text, chr(30)), $8::bool[]
  ) WITH ORDINALITY AS w (lane, subject, event_id, type, rank, event, follows, place)
), judged AS (
  SELECT w.*, w.follows AND first.is_here IS NULL AS is_held
  FROM wanted w
  -- The limit keeps the planner from reading the whole table for a hash.
  LEFT JOIN LATERAL (
    SELECT true AS is_here FROM listener_tasks f WHERE f.lane = w.lane AND f.subject = w.subject AND f.rank = 0 LIMIT 1
  ) first ON w.follows
), released AS (
  UPDATE listener_tasks t SET state = 'WAITING', next_try_at = clock_timestamp()
  FROM wanted w
  WHERE w.rank = 0 AND t.lane = w.lane AND t.subject = w.subject AND t.state = 'HELD'
)
INSERT INTO listener_tasks (lane, subject, event_id, type, rank, event, state, next_try_at)
SELECT lane, subject, event_id, type, rank, event,
  CASE WHEN is_held THEN 'HELD' ELSE 'WAITING' END::listener_task_state,
  clock_timestamp() + CASE WHEN is_held THEN make_interval(secs => $7::float8) ELSE interval '0' END
FROM judged
ORDER BY place
ON CONFLICT (lane, subject, event_id) DO NOTHING
