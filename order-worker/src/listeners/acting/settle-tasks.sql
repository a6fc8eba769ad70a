-- settle-tasks: writes what became of attempts. Keeps the last ten of each task. A task that has ended since stays as it is.
--
-- $1 ids   $2 states   $3 seconds until the next try   $4 attempts, as JSON, joined with U+001E
UPDATE listener_tasks t
SET state = s.state::listener_task_state, attempts = t.attempts + 1,
  next_try_at = clock_timestamp() + make_interval(secs => s.pause),
  finished_at = CASE WHEN s.state IN ('DONE', 'DEAD') THEN clock_timestamp() END,
  history = CASE WHEN jsonb_array_length(t.history) < 10 THEN t.history ELSE t.history - 0 END || jsonb_build_array(s.attempt::jsonb)
FROM unnest($1::bigint[], $2::text[], $3::float8[], string_to_array($4::text, chr(30))) AS s (id, state, pause, attempt)
WHERE t.id = s.id AND t.state IN ('HELD', 'WAITING')
