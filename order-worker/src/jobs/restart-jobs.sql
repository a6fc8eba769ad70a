-- restart-jobs: puts every job that runs back into the queue. The interrupted runs do not count.
UPDATE jobs SET state = 'QUEUED', lease = NULL, lease_until = NULL, starts = starts - 1 WHERE state = 'RUNNING'
