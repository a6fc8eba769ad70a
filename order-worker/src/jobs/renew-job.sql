-- renew-job: renews the lease and writes the progress. Returns no row if the run has lost its job.
--
-- $1 job id   $2 lease   $3 duration of the lease, ms   $4 done   $5 total   $6 unit
UPDATE jobs
SET lease_until = now() + make_interval(secs => $3::float8 / 1000), done = $4::int, total = $5::int, unit = $6
WHERE id = $1::uuid AND lease = $2::uuid
RETURNING id::text AS "jobId"
