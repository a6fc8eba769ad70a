-- read-notices: the events of payments and refunds that leave their orders as they are. A payment begins while its order is unpaid, at version 0. Of
-- failures and refunds that earlier versions wrote, the order's version is not known. Times in ms.
--
-- $1 order ids
SELECT n.event, n.order_id::text AS "orderId", n.version, (extract(epoch FROM n.at) * 1000)::float8 AS at, n.reason,
  json_build_object('paymentId', n.payment_id, 'provider', n.provider) AS payment, n.refund
FROM (
  SELECT 'payment-begun' AS event, p.order_id, 0 AS version, p.created_at AS at, NULL AS reason, p.id AS payment_id, p.provider, NULL::json AS refund
  FROM payments p WHERE p.order_id = ANY ($1::uuid[])
  UNION ALL
  SELECT 'payment-failed', p.order_id, p.failed_version, p.failed_at, p.failed_reason, p.id, p.provider, NULL
  FROM payments p WHERE p.order_id = ANY ($1::uuid[]) AND p.failed_version IS NOT NULL
  UNION ALL
  SELECT 'refund-accepted', r.order_id, r.accepted_version, r.created_at, r.reason, p.id, p.provider, json_strip_nulls(json_build_object(
    'refundId', r.id, 'amountCents', r.amount_cents, 'reason', r.reason,
    'returnUnits', CASE WHEN r.reason = 'operator' THEN r.returns_units END,
    'insteadOf', (SELECT b.id FROM refunds b WHERE b.order_id = r.order_id AND b.retried_by = r.id)
  ))
  FROM refunds r JOIN payments p ON p.id = r.payment_id
  WHERE r.order_id = ANY ($1::uuid[]) AND r.accepted_version IS NOT NULL
) n
