-- open-payments: starts a payment of each order that waits for one, unless one is open. No lock: a cancel at the same moment may win, as it may
-- while the buyer types, and the money is then refunded. In the order of the ids, so that two batches never wait for each other.
-- Read the open payments in a separate statement: this one may not see them.
--
-- $1 payment ids   $2 order ids   $3 their users
INSERT INTO payments (id, order_id, amount_cents, currency, created_at)
SELECT asked.payment_id, o.id, o.amount_cents, o.currency, clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS asked (payment_id, order_id, user_id)
JOIN orders o ON o.id = asked.order_id AND o.user_id = asked.user_id
WHERE o.status = 'PENDING_PAYMENT' AND o.pay_by > clock_timestamp()
ORDER BY o.id
ON CONFLICT (order_id) WHERE status = 'CREATED' DO NOTHING
