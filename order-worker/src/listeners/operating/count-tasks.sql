-- count-tasks: what each listener has still to do, has given up, and did in the last minute. A lane's name begins with its listener's.
SELECT split_part(lane, '/', 1) AS listener,
  (count(*) FILTER (WHERE state IN ('HELD', 'WAITING')))::float8 AS waiting,
  coalesce(date_part('epoch', clock_timestamp() - min(created_at) FILTER (WHERE state IN ('HELD', 'WAITING'))), 0) AS oldest,
  (count(*) FILTER (WHERE state = 'DEAD'))::float8 AS dead,
  (count(*) FILTER (WHERE state = 'DONE'))::float8 AS "doneInMinute"
FROM (
  SELECT lane, state, created_at FROM listener_tasks WHERE state IN ('HELD', 'WAITING')
  UNION ALL SELECT lane, state, created_at FROM listener_tasks WHERE state = 'DEAD'
  UNION ALL SELECT lane, state, created_at FROM listener_tasks WHERE state = 'DONE' AND finished_at > statement_timestamp() - interval '1 minute'
) tasks
GROUP BY 1
