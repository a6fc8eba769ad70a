-- saga-faults: orders of a sale whose saga is missing, or has ended and does not agree with the order, the points or the coupons. One snapshot: what a
-- step changes is committed before the saga says that it is done.
--
-- Leaves out the last minute of what a saga follows by events: orders that were just paid or refunded.
--
-- $1 sale id
--
-- A step that was KEPT was not undone, and the order's timeline says why. Returns 1000 rows at most, more than a person reads.
WITH ended AS (
  SELECT o.id, o.user_id, o.status::text AS status, o.settled_at, o.refunded_at, s.order_id IS NOT NULL AS has_saga, s.state::text AS state,
    s.steps #>> '{payment,is}' AS payment, s.steps #>> '{points,is}' AS points, s.steps #>> '{points,note}' AS points_note,
    s.steps #>> '{coupon,is}' AS coupon, p.key IS NOT NULL AND p.taken_back_at IS NULL AS has_points, c.state::text AS coupon_state
  FROM orders o
  JOIN items i ON i.id = o.item_id
  LEFT JOIN sagas s ON s.order_id = o.id AND s.name = 'after-paid'
  LEFT JOIN points_entries p ON p.key = o.id::text || ':points'
  LEFT JOIN coupons c ON c.key = o.id::text || ':coupon'
  WHERE i.sale_id = $1::uuid AND o.status IN ('PAID', 'REFUNDED')
), judged AS (
  SELECT id, user_id, CASE
    WHEN NOT has_saga AND status = 'PAID' AND settled_at < statement_timestamp() - interval '1 minute'
      AND settled_at > (SELECT began_at FROM listener_positions WHERE listener = 'sagas') THEN 'missing'
    WHEN state = 'COMPLETED' AND status = 'REFUNDED' AND refunded_at < statement_timestamp() - interval '1 minute' THEN 'refunded'
    WHEN state = 'COMPLETED' AND points = 'DONE' AND points_note IS DISTINCT FROM 'no points' AND NOT has_points THEN 'no-points'
    WHEN state = 'COMPLETED' AND coupon = 'DONE' AND coalesce(coupon_state, 'REVOKED') = 'REVOKED' THEN 'no-coupon'
    WHEN state = 'COMPENSATED' AND has_points AND points IS DISTINCT FROM 'KEPT' THEN 'points-left'
    WHEN state = 'COMPENSATED' AND coupon_state = 'ISSUED' AND coupon IS DISTINCT FROM 'KEPT' THEN 'coupon-left'
    WHEN state = 'COMPENSATED' AND status = 'PAID' AND payment IS DISTINCT FROM 'KEPT' THEN 'not-refunded'
    WHEN has_points AND (SELECT balance FROM points_accounts a WHERE a.user_id = ended.user_id) IS DISTINCT FROM
      (SELECT sum(e.points) FROM points_entries e WHERE e.user_id = ended.user_id AND e.taken_back_at IS NULL) THEN 'balance'
  END AS fault
  FROM ended
)
SELECT id::text AS "orderId", user_id AS "userId", fault FROM judged WHERE fault IS NOT NULL ORDER BY id LIMIT 1000
