-- submit-job: puts a job into the queue, unless the same one lives, the sale is unknown or the queue is full. Then it returns no row.
--
-- $1 job id   $2 kind   $3 sale id   $4 arguments   $5 most that may wait
INSERT INTO jobs (id, kind, sale_id, arguments)
SELECT $1::uuid, $2, s.id, $4::jsonb
FROM sales s
WHERE s.id = $3::uuid AND (SELECT count(*) FROM jobs WHERE state = 'QUEUED') < $5
ON CONFLICT (kind, sale_id, arguments) WHERE state IN ('QUEUED', 'RUNNING') DO NOTHING
RETURNING id::text AS "jobId"
