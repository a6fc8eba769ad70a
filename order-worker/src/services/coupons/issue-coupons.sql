-- issue-coupons: issues a coupon under each key, once. A key that is there is written again with its own values: only so does the statement see the
-- row of a concurrent batch.
--
-- $1 keys   $2 user ids   $3 templates   $4 codes for the new ones
INSERT INTO coupons AS c (key, user_id, template, code, state, issued_at)
SELECT DISTINCT ON (asked.key) asked.key, asked.user_id, asked.template, asked.code, 'ISSUED'::coupon_state, clock_timestamp()
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS asked (key, user_id, template, code)
ORDER BY asked.key
ON CONFLICT (key) DO UPDATE SET state = c.state
RETURNING c.key, c.code, c.state::text AS state
