-- reported-payments: reads the payments that a provider has reported on, and the orders they are for. Takes no lock: settle-payments checks that all
-- of them are as they were read.
--
-- $1 order ids   $2 payment ids
--
-- Returns one row with two JSON arrays, or nulls. Times in ms.

WITH o AS (
  SELECT o.id AS "orderId", o.sale_id AS "saleId", o.item_id AS "itemId", o.user_id AS "userId", o.quantity,
    o.amount_cents::float8 AS "amountCents", o.currency,
    (extract(epoch FROM o.reserved_at) * 1000)::float8 AS "reservedAt",
    o.status::text AS status, o.version, o.reason,
    (extract(epoch FROM o.pay_by) * 1000)::float8 AS "payBy",
    (extract(epoch FROM o.created_at) * 1000)::float8 AS "createdAt",
    coalesce(extract(epoch FROM o.settled_at) * 1000, 0)::float8 AS "settledAt",
    coalesce(extract(epoch FROM o.refunded_at) * 1000, 0)::float8 AS "refundedAt"
  FROM orders o
  WHERE o.id = ANY ($1::uuid[])
), p AS (
  SELECT id AS "paymentId", order_id AS "orderId", provider, status::text AS status, payer,
    EXISTS (SELECT FROM refunds WHERE refunds.payment_id = payments.id) AS "hasRefund"
  FROM payments
  WHERE id = ANY ($2::uuid[])
)
SELECT (SELECT json_agg(o) FROM o) AS orders, (SELECT json_agg(p) FROM p) AS payments
