-- stored-payments: what a provider has to know of payments, as they were begun. Times in ms.
--
-- $1 payment ids   $2 order ids: of these, the payments whose checkouts may be open
SELECT p.id AS "paymentId", p.order_id AS "orderId", p.provider, p.status::text AS status, p.closed_at IS NOT NULL AS closed,
  o.status = 'PENDING_PAYMENT' AND o.pay_by > clock_timestamp() AS payable,
  p.amount_cents::float8 AS "amountCents", p.currency, i.title, o.quantity, o.user_id AS buyer, p.payer_id AS "payerId", p.channel, p.locale,
  p.provider_ref AS "providerRef", round(date_part('epoch', p.created_at) * 1000) AS "createdAt",
  round(date_part('epoch', o.pay_by) * 1000) AS "expiresAt"
FROM payments p
JOIN orders o ON o.id = p.order_id
JOIN items i ON i.id = o.item_id
WHERE p.id = ANY ($1::uuid[])
  OR (p.order_id = ANY ($2::uuid[]) AND p.closed_at IS NULL AND p.status IN ('CREATED', 'FAILED'))
ORDER BY p.id
