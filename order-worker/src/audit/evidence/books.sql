-- books: what PostgreSQL holds of each item of a sale, in one snapshot.
--
-- $1 sale id   $2 seconds after payBy from which an unpaid order counts as overdue
SELECT i.id AS "itemId", i.title, i.stock, i.sold, i.limit_per_user AS "limitPerUser", i.currency,
  o."liveUnits", o.pending, o.paid, o."paidCents" - b."givenBackCents" AS "paidCents", o.cancelled, o.refunded, o."refundedPaid", o."cancelledEarly", o."wrongAmount", o.overdue,
  r.rejected, l."overLimit", l."overLimitBy", c.counted
FROM items i
CROSS JOIN LATERAL (
  SELECT coalesce(sum(quantity) FILTER (WHERE status IN ('PENDING_PAYMENT', 'PAID')), 0)::int AS "liveUnits",
    (count(*) FILTER (WHERE status = 'PENDING_PAYMENT'))::int AS pending,
    (count(*) FILTER (WHERE status = 'PAID'))::int AS paid,
    coalesce(sum(amount_cents) FILTER (WHERE status = 'PAID'), 0)::float8 AS "paidCents",
    (count(*) FILTER (WHERE status = 'CANCELLED'))::int AS cancelled,
    (count(*) FILTER (WHERE status = 'REFUNDED'))::int AS refunded,
    -- An order without a reason was never cancelled: if it is REFUNDED, it had been paid.
    (count(*) FILTER (WHERE status = 'REFUNDED' AND reason IS NULL))::int AS "refundedPaid",
    (count(*) FILTER (WHERE reason = 'unpaid' AND settled_at < pay_by))::int AS "cancelledEarly",
    (count(*) FILTER (WHERE amount_cents <> i.price_cents::bigint * quantity OR currency <> i.currency))::int AS "wrongAmount",
    (count(*) FILTER (WHERE status = 'PENDING_PAYMENT' AND pay_by < clock_timestamp() - make_interval(secs => $2::float8)
      AND NOT EXISTS (SELECT FROM closing_orders c WHERE c.order_id = orders.id)))::int AS overdue
  FROM orders
  WHERE item_id = i.id
) o
CROSS JOIN LATERAL (
  SELECT coalesce(sum(f.amount_cents), 0)::float8 AS "givenBackCents"
  FROM refunds f
  JOIN orders p ON p.id = f.order_id
  WHERE f.reason = 'operator' AND f.state = 'DONE' AND p.item_id = i.id AND p.status = 'PAID'
) b
CROSS JOIN LATERAL (SELECT count(*)::int AS rejected FROM rejections WHERE item_id = i.id) r
CROSS JOIN LATERAL (
  SELECT count(*)::int AS "overLimit", coalesce(sum(units - i.limit_per_user), 0)::int AS "overLimitBy"
  FROM (
    SELECT sum(quantity) AS units
    FROM orders
    WHERE item_id = i.id AND status IN ('PENDING_PAYMENT', 'PAID')
    GROUP BY user_id
    HAVING sum(quantity) > i.limit_per_user
  ) users
) l
CROSS JOIN LATERAL (
  SELECT coalesce(json_object_agg(status, orders), '{}') AS counted
  FROM (SELECT status, sum(orders) AS orders FROM order_counts WHERE item_id = i.id GROUP BY status) counts
) c
WHERE i.sale_id = $1::uuid
ORDER BY i.position
