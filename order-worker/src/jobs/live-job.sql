-- live-job: returns the job that lives with this kind, sale and arguments.
--
-- $1 kind   $2 sale id   $3 arguments
SELECT id::text AS "jobId" FROM jobs
WHERE kind = $1 AND sale_id = $2::uuid AND arguments = $3::jsonb AND state IN ('QUEUED', 'RUNNING')
