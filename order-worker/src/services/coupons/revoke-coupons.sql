-- revoke-coupons: revokes the coupon of each key, once, unless it was used. A key without a coupon gets a revoked one without a code, so that none is
-- issued under it later.
--
-- $1 keys   $2 user ids
INSERT INTO coupons AS c (key, user_id, state, revoked_at)
SELECT DISTINCT ON (asked.key) asked.key, asked.user_id, 'REVOKED'::coupon_state, clock_timestamp()
FROM unnest($1::text[], $2::text[]) AS asked (key, user_id)
ORDER BY asked.key
ON CONFLICT (key) DO UPDATE SET
  state = CASE c.state WHEN 'USED' THEN c.state ELSE 'REVOKED' END,
  revoked_at = CASE c.state WHEN 'USED' THEN NULL ELSE coalesce(c.revoked_at, clock_timestamp()) END
RETURNING c.key, c.code, c.state::text AS state
