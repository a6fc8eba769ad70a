-- waiting-events: events of payments and refunds that are to be published, with what they say.
--
-- $1 ids of payments and refunds, or null for those that have waited for $2 seconds   $3 most events
--
-- `late`: it has waited for $2 seconds, so another worker may publish it too. Times in ms.
SELECT w.event, w.ref_id::text AS "refId", w.version, w.reason, w.happened_at < clock_timestamp() - make_interval(secs => $2::float8) AS late,
  round(date_part('epoch', w.happened_at) * 1000) AS at,
  json_build_object(
    'orderId', o.id, 'saleId', o.sale_id, 'itemId', o.item_id, 'userId', o.user_id, 'quantity', o.quantity, 'amountCents', o.amount_cents,
    'currency', o.currency, 'status', o.status,
    'reservedAt', round(date_part('epoch', o.reserved_at) * 1000), 'payBy', round(date_part('epoch', o.pay_by) * 1000),
    'createdAt', round(date_part('epoch', o.created_at) * 1000)
  ) AS "order",
  json_build_object('paymentId', p.id, 'provider', p.provider) AS payment,
  CASE WHEN r.id IS NOT NULL THEN json_strip_nulls(json_build_object(
    'refundId', r.id, 'amountCents', r.amount_cents, 'reason', r.reason,
    'returnUnits', CASE WHEN r.reason = 'operator' THEN r.returns_units END,
    'insteadOf', (SELECT b.id FROM refunds b WHERE b.order_id = r.order_id AND b.retried_by = r.id)
  )) END AS refund
FROM waiting_events w
JOIN orders o ON o.id = w.order_id
LEFT JOIN refunds r ON w.event = 'refund-accepted' AND r.id = w.ref_id
JOIN payments p ON p.id = coalesce(r.payment_id, w.ref_id)
WHERE w.ref_id = ANY ($1::uuid[]) OR ($1::uuid[] IS NULL AND w.happened_at < statement_timestamp() - make_interval(secs => $2::float8))
ORDER BY w.happened_at
LIMIT $3
