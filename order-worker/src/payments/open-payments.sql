-- open-payments: starts a payment of each order that waits for one, unless one is open, and marks the order: its checkout may be open from now on. A
-- cancel at the same moment waits for the order's row, sees the mark, and leaves the order to the closing of its checkout. In the order of the ids, so
-- that two batches never wait for each other.
-- Each has an event, which is published after the commit.
-- Read the open payments in a separate statement: this one may not see them.
--
-- $1 payment ids   $2 order ids   $3 their users   $4 providers that the buyers chose, or null   $5 channels, or null   $6 payers' ids, or null
-- $7 locales   $8 providers that are configured, the usual one first   $9 seconds until the first query
WITH asked AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS a (payment_id, order_id, user_id, provider, channel, payer_id, locale)
), payable AS MATERIALIZED (
  SELECT o.id, a.payment_id, a.channel, a.payer_id, a.locale, o.amount_cents, o.currency, offered.provider
  FROM asked a
  JOIN orders o ON o.id = a.order_id AND o.user_id = a.user_id
  JOIN sales s ON s.id = o.sale_id
  CROSS JOIN LATERAL (
    -- The one that the buyer chose, if the sale offers it; else the first that it offers.
    SELECT c.provider
    FROM unnest(CASE WHEN s.payment_providers = '{}' THEN $8::text[] ELSE s.payment_providers END) WITH ORDINALITY AS c (provider, position)
    WHERE c.provider = coalesce(a.provider, c.provider) AND c.provider = ANY ($8::text[])
    ORDER BY c.position
    LIMIT 1
  ) offered
  WHERE o.status = 'PENDING_PAYMENT' AND o.pay_by > clock_timestamp()
  ORDER BY o.id
  FOR NO KEY UPDATE OF o
), marked AS (
  UPDATE orders o SET paying = true FROM payable p WHERE o.id = p.id AND NOT o.paying
), begun AS (
  INSERT INTO payments (id, order_id, amount_cents, currency, created_at, provider, channel, payer_id, locale, next_query_at)
  SELECT p.payment_id, p.id, p.amount_cents, p.currency, clock_timestamp(), p.provider, p.channel, p.payer_id, p.locale,
    clock_timestamp() + make_interval(secs => $9::float8)
  FROM payable p
  ORDER BY p.id
  ON CONFLICT (order_id) WHERE status = 'CREATED' DO NOTHING
  RETURNING id, order_id, created_at
)
INSERT INTO waiting_events (ref_id, event, order_id, version, happened_at)
-- Each version by the primary key: a join of the two lists compares every pair, if the planner expects few rows.
SELECT b.id, 'payment-begun', b.order_id, (SELECT o.version FROM orders o WHERE o.id = b.order_id), b.created_at
FROM begun b
