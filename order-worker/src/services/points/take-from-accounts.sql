-- take-from-accounts: takes points from accounts, which are locked in order.
--
-- $1 user ids   $2 points
WITH locked AS MATERIALIZED (
  SELECT user_id FROM points_accounts WHERE user_id = ANY ($1::text[]) ORDER BY user_id FOR NO KEY UPDATE
)
UPDATE points_accounts a
SET balance = a.balance - taken.points
FROM unnest($1::text[], $2::bigint[]) AS taken (user_id, points)
WHERE a.user_id = taken.user_id AND a.user_id IN (SELECT user_id FROM locked)
