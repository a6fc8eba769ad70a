-- finish-job: writes how the run ended. Returns no row if the run has lost its job.
--
-- $1 job id   $2 lease   $3 result, or NULL if it failed   $4 code of the problem   $5 its sentence
UPDATE jobs
SET state = CASE WHEN $3::json IS NULL THEN 'FAILED' ELSE 'DONE' END::job_state,
    result = $3::json, problem_code = $4::text, problem = $5::text, finished_at = now(), lease = NULL, lease_until = NULL,
    done = CASE WHEN $3::json IS NULL THEN done ELSE total END
WHERE id = $1::uuid AND lease = $2::uuid
RETURNING id::text AS "jobId"
