-- forget-jobs: deletes jobs that ended long ago, and all but the newest of each sale and kind: an open console audits three times a minute.
--
-- $1 kept for, days   $2 kept of each sale and kind
DELETE FROM jobs WHERE id IN (
  SELECT id FROM (
    SELECT id, finished_at, row_number() OVER (PARTITION BY sale_id, kind ORDER BY id DESC) AS place
    FROM jobs WHERE finished_at IS NOT NULL
  ) ended
  WHERE finished_at < now() - make_interval(days => $1::int) OR place > $2::int
)
