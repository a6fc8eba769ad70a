-- turn-back: lets sagas that run, or have completed, undo what they did, beginning at once. A worker may be trying any step that has no record yet, so
-- each of them counts as BEGUN and is undone too; the new version makes that worker's outcome void. Sagas that go back already are tried at once.
--
-- $1 saga   $2 its steps, in order   $3 order ids   $4 why
UPDATE sagas s
SET state = 'COMPENSATING',
  step = CASE s.state WHEN 'COMPENSATING' THEN s.step ELSE ($2::text[])[cardinality($2::text[])] END,
  steps = CASE s.state
    WHEN 'RUNNING' THEN (SELECT jsonb_object_agg(name, jsonb_build_object('is', 'BEGUN', 'at', now.iso)) FROM unnest($2::text[]) AS name) || s.steps
    ELSE s.steps
  END,
  history = CASE s.state
    WHEN 'COMPENSATING' THEN s.history
    ELSE s.history || jsonb_build_object('at', now.iso, 'what', 'turned-back', 'note', $4::text)
  END,
  version = s.version + 1,
  attempts = 0,
  next_try_at = statement_timestamp(),
  failing_since = NULL,
  stuck_at = NULL,
  last_error = NULL,
  ended_at = NULL
FROM (SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS iso) AS now
WHERE s.name = $1 AND s.order_id = ANY ($3::uuid[]) AND s.state <> 'COMPENSATED'
