-- count-jobs: returns the jobs that wait or run, by kind, and for how long the oldest one that waits has waited, seconds.
SELECT kind, state::text AS state, count(*)::int AS count,
       coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS "oldestSeconds"
FROM jobs
WHERE state IN ('QUEUED', 'RUNNING')
GROUP BY kind, state
