-- open-payment: starts a payment of an order that waits for one, unless one is open. No lock: a cancel at the same moment may win, as it may
-- while the buyer types, and the money is then refunded. Read the open payment in a separate statement: this one may not see it.
--
-- $1 payment id   $2 order id
INSERT INTO payments (id, order_id, amount_cents, currency, created_at)
SELECT $1::uuid, o.id, o.amount_cents, o.currency, clock_timestamp()
FROM orders o
WHERE o.id = $2::uuid AND o.status = 'PENDING_PAYMENT' AND o.pay_by > clock_timestamp()
ON CONFLICT (order_id) WHERE status = 'CREATED' DO NOTHING
