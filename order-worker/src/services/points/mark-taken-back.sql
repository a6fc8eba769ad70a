-- mark-taken-back: marks entries of the ledger, each once, in order. Writes an entry without points for a key that is unknown, so that a late award
-- under it does not count.
--
-- The accounts follow in a second statement: this one may have marked an entry whose account it cannot see, because it was committed after it began.
--
-- $1 keys   $2 user ids
--
-- Returns what the accounts have to give back.
WITH marked AS (
  INSERT INTO points_entries AS e (key, user_id, points, taken_back_at)
  SELECT DISTINCT ON (asked.key) asked.key, asked.user_id, 0, clock_timestamp()
  FROM unnest($1::text[], $2::text[]) AS asked (key, user_id)
  ORDER BY asked.key
  ON CONFLICT (key) DO UPDATE SET taken_back_at = clock_timestamp() WHERE e.taken_back_at IS NULL
  RETURNING e.user_id, e.points
)
SELECT user_id AS "userId", sum(points)::float8 AS points FROM marked WHERE points > 0 GROUP BY user_id
