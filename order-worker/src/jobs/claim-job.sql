-- claim-job: takes the oldest job that waits, or whose worker has not renewed its lease in time. It starts again from the beginning.
--
-- $1 lease   $2 duration of the lease, ms
UPDATE jobs
SET state = 'RUNNING', lease = $1::uuid, lease_until = now() + make_interval(secs => $2::float8 / 1000),
    starts = starts + 1, started_at = coalesce(started_at, now()), done = 0, total = 0, unit = ''
WHERE id = (
  SELECT id FROM jobs
  WHERE state IN ('QUEUED', 'RUNNING') AND (state = 'QUEUED' OR lease_until < now())
  ORDER BY id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
RETURNING id::text AS "jobId", kind, sale_id::text AS "saleId", arguments, starts
