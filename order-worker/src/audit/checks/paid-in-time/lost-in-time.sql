-- lost-in-time: a sale's orders that were cancelled as unpaid although their provider says that the whole amount was paid by payBy, also if the money has
-- gone back since. Payments that an earlier version settled have no such time.
--
-- $1 sale id
--
-- Returns 1000 rows at most, more than a person reads.
SELECT DISTINCT ON (o.id) o.id::text AS "orderId", p.id::text AS "paymentId", p.provider, p.paid_at AS "paidAt", o.pay_by AS "payBy",
  o.settled_at AS "cancelledAt"
FROM items i
JOIN orders o ON o.item_id = i.id
JOIN payments p ON p.order_id = o.id
WHERE i.sale_id = $1::uuid AND o.reason = 'unpaid' AND p.paid_at <= o.pay_by
  -- What a payment brought is the amount of its refund.
  AND NOT EXISTS (
    SELECT FROM refunds r
    WHERE r.payment_id = p.id AND r.reason <> 'operator' AND (r.amount_cents <> o.amount_cents OR r.currency <> o.currency)
  )
ORDER BY o.id, p.paid_at
LIMIT 1000
