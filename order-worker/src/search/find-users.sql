-- find-users: the first users with orders whose ids begin with a text. One step of the index for each user, however many orders they have.
--
-- $1 the text   $2 most users
WITH RECURSIVE users AS (
  (SELECT user_id FROM order_search WHERE user_id >= $1 AND user_id < $1 || chr(1114111) ORDER BY user_id LIMIT 1)
  UNION ALL
  SELECT (SELECT s.user_id FROM order_search s WHERE s.user_id > users.user_id AND s.user_id < $1 || chr(1114111) ORDER BY s.user_id LIMIT 1)
  FROM users WHERE users.user_id IS NOT NULL
)
SELECT user_id AS "userId" FROM users WHERE user_id IS NOT NULL LIMIT $2::int
