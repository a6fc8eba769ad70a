-- award-points: enters awards in the ledger and adds them to the accounts, each key once. Keys and accounts in order, and all keys first, so that
-- concurrent batches don't deadlock.
--
-- A key that is there is written again with its own values: only so does the statement see the row of a concurrent batch.
--
-- $1 keys   $2 user ids   $3 points
--
-- xmax is 0 in a row that this statement has inserted.
WITH entered AS (
  INSERT INTO points_entries AS e (key, user_id, points, awarded_at)
  SELECT DISTINCT ON (asked.key) asked.key, asked.user_id, asked.points, clock_timestamp()
  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS asked (key, user_id, points)
  ORDER BY asked.key
  ON CONFLICT (key) DO UPDATE SET points = e.points
  RETURNING e.key, e.user_id, e.points, e.taken_back_at, e.xmax = 0 AS is_new
), added AS (
  INSERT INTO points_accounts AS a (user_id, balance)
  SELECT user_id, sum(points) FROM entered WHERE is_new GROUP BY user_id ORDER BY user_id
  ON CONFLICT (user_id) DO UPDATE SET balance = a.balance + excluded.balance
)
SELECT key, CASE WHEN taken_back_at IS NULL THEN 'awarded' ELSE 'taken-back' END AS outcome, points::float8 AS points FROM entered
