-- note-health: how the deliveries of endpoints have ended lately. Disables those that are gone, or that have only failed for too long. Returns these.
--
-- $1 endpoints   $2 seconds since the last success, or null   $3 seconds since the first failure after it, or null   $4 the last error
-- $5 the receiver wants no more   $6 disables after this many seconds of failures
WITH noted AS (
  SELECT e.id, e.state AS was,
    CASE WHEN n.failed IS NULL THEN NULL
      -- Without a success in between, it has failed since before.
      ELSE coalesce(CASE WHEN n.succeeded IS NULL THEN e.failing_since END, clock_timestamp() - make_interval(secs => n.failed))
    END AS failing_since,
    clock_timestamp() - make_interval(secs => n.succeeded) AS success, n.error, n.gone
  FROM unnest($1::uuid[], $2::float8[], $3::float8[], $4::text[], $5::bool[]) AS n (id, succeeded, failed, error, gone)
  JOIN webhook_endpoints e ON e.id = n.id
  -- An operator who changes one at this moment goes first.
  FOR UPDATE OF e
), judged AS (
  SELECT *, CASE
    WHEN was <> 'ACTIVE' THEN NULL
    WHEN gone THEN error
    WHEN failing_since < clock_timestamp() - make_interval(secs => $6::float8)
      THEN 'Every delivery has failed since ' || to_char(failing_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC. The last one: ' || error
    END AS reason
  FROM noted
), written AS (
  UPDATE webhook_endpoints e
  SET last_success_at = coalesce(j.success, e.last_success_at), failing_since = j.failing_since, last_error = nullif(j.error, ''),
    state = CASE WHEN j.reason IS NULL THEN e.state ELSE 'DISABLED' END, disabled_reason = coalesce(j.reason, e.disabled_reason)
  FROM judged j
  WHERE e.id = j.id
  RETURNING e.id, e.url, j.reason
)
SELECT id::text, url, reason FROM written WHERE reason IS NOT NULL
