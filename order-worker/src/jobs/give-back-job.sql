-- give-back-job: puts a job back into the queue for another worker. The interrupted run does not count.
--
-- $1 job id   $2 lease
UPDATE jobs
SET state = 'QUEUED', lease = NULL, lease_until = NULL, starts = starts - 1
WHERE id = $1::uuid AND lease = $2::uuid
