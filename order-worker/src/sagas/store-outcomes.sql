-- store-outcomes: writes how far a batch of sagas has come. A saga of which another worker, an event or an operator has changed the version since it was
-- claimed stays as it is: its steps are tried again, under the same keys.
--
-- $1 saga   $2 JSON array of outcomes   $3 seconds after which a failing saga is stuck
--
-- "moved": a step has ended since the claim, so that a failure after it is a new one.   "pause": seconds until the next try.
-- "error": why the present step is tried again; null if it has not been tried yet.   "failed": the error is a failure, and no wait that was expected.
UPDATE sagas s
SET state = e.state::saga_state,
  step = e.step,
  steps = e.steps,
  history = s.history || e.history
    || CASE WHEN e.failed AND (e.moved OR s.failing_since IS NULL) THEN
      jsonb_build_object('at', now.iso, 'what', 'failed', 'step', e.step, 'note', e.error) ELSE '[]' END
    || CASE WHEN s.stuck_at IS NULL AND e.error IS NOT NULL AND NOT e.moved AND s.failing_since < now.at - make_interval(secs => $3::float8) THEN
      jsonb_build_object('at', now.iso, 'what', 'stuck', 'step', e.step, 'note', e.error) ELSE '[]' END,
  version = s.version + 1,
  attempts = e.attempts,
  next_try_at = now.at + make_interval(secs => e.pause),
  failing_since = CASE WHEN e.error IS NULL THEN NULL WHEN e.moved THEN now.at ELSE coalesce(s.failing_since, now.at) END,
  stuck_at = CASE
    WHEN e.error IS NULL OR e.moved THEN NULL
    WHEN s.failing_since < now.at - make_interval(secs => $3::float8) THEN coalesce(s.stuck_at, now.at)
  END,
  last_error = e.error,
  ended_at = CASE WHEN e.step IS NULL THEN now.at END
FROM jsonb_to_recordset($2::jsonb) AS e (
  order_id uuid, version int, state text, step text, steps jsonb, history jsonb, moved boolean, attempts int, pause float8, error text, failed boolean
), (
  SELECT clock_timestamp() AS at, to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS iso
) AS now
WHERE s.name = $1 AND s.order_id = e.order_id AND s.version = e.version
