-- What reports and BI tools read: names that stay, while the tables behind them may change. Money is an integer in the currency's minor unit.
--
-- An order belongs to its item's sale. The views go through items, because orders are indexed by item: a query for one sale reads its orders alone.

CREATE VIEW "analytics_orders" AS
SELECT o.id AS order_id, i.sale_id, s.title AS sale, o.item_id, i.title AS item, o.user_id, o.status::text AS status, o.reason AS cancel_reason,
  o.quantity, o.currency::text AS currency, o.amount_cents AS amount_minor, o.reserved_at AS won_at, o.created_at AS ordered_at, o.pay_by,
  -- An order without a reason was never cancelled.
  CASE WHEN o.reason IS NULL THEN o.settled_at END AS paid_at,
  CASE WHEN o.reason IS NOT NULL THEN o.settled_at END AS cancelled_at,
  o.refunded_at,
  -- What an operator gave back. Money that no order kept is in analytics_refunds alone.
  coalesce((
    SELECT sum(f.amount_cents) FROM refunds f WHERE f.order_id = o.id AND f.state = 'DONE' AND f.reason = 'operator'
  ), 0)::bigint AS refunded_minor
FROM items i JOIN sales s ON s.id = i.sale_id JOIN orders o ON o.item_id = i.id;

CREATE VIEW "analytics_payments" AS
SELECT p.id AS payment_id, p.order_id, o.sale_id, o.item_id, p.provider, p.channel, p.status::text AS status, p.currency::text AS currency,
  p.amount_cents AS amount_minor, p.created_at AS began_at, p.paid_at, p.received_at, p.closed_at
FROM payments p JOIN orders o ON o.id = p.order_id;

CREATE VIEW "analytics_refunds" AS
SELECT f.id AS refund_id, f.payment_id, f.order_id, o.sale_id, o.item_id, p.provider, f.state::text AS state, f.reason, f.currency::text AS currency,
  f.amount_cents AS amount_minor, f.created_at AS decided_at, f.sent_at, f.done_at, f.refused_at, f.refused_reason
FROM refunds f JOIN payments p ON p.id = f.payment_id JOIN orders o ON o.id = f.order_id;

-- What happened in each minute of a sale. Revenue is that of orders paid in it, whatever became of them.
CREATE VIEW "analytics_minutes" AS
SELECT i.sale_id, date_trunc('minute', e.at) AS minute, i.currency::text AS currency,
  count(*) FILTER (WHERE e.what = 'ordered') AS ordered,
  count(*) FILTER (WHERE e.what = 'paid') AS paid,
  count(*) FILTER (WHERE e.what = 'cancelled') AS cancelled,
  count(*) FILTER (WHERE e.what = 'refunded') AS refunded,
  (coalesce(sum(o.amount_cents) FILTER (WHERE e.what = 'paid'), 0))::bigint AS revenue_minor
FROM items i JOIN orders o ON o.item_id = i.id
CROSS JOIN LATERAL (VALUES
  ('ordered', o.created_at),
  ('paid', CASE WHEN o.reason IS NULL THEN o.settled_at END),
  ('cancelled', CASE WHEN o.reason IS NOT NULL THEN o.settled_at END),
  ('refunded', o.refunded_at)
) AS e (what, at)
WHERE e.at IS NOT NULL
GROUP BY i.sale_id, date_trunc('minute', e.at), i.currency;

-- How far the winners of each sale came. Answers to buyers who did not win are in the report alone: Redis counts them.
CREATE VIEW "analytics_funnel" AS
SELECT s.id AS sale_id, s.title AS sale, s.starts_at,
  coalesce(n.orders, 0) + coalesce(n.rejected, 0) AS won,
  coalesce(n.orders, 0) AS ordered,
  coalesce(n.checkout, 0) AS began_to_pay,
  coalesce(n.paid, 0) AS paid,
  coalesce(n.unpaid, 0) AS cancelled_unpaid,
  coalesce(n.by_buyer, 0) AS cancelled_by_buyer,
  coalesce(n.refunded, 0) AS refunded,
  coalesce(n.rejected, 0) AS rejected
FROM sales s
LEFT JOIN LATERAL (
  SELECT count(o.id) AS orders,
    count(*) FILTER (WHERE EXISTS (SELECT FROM payments p WHERE p.order_id = o.id)) AS checkout,
    count(*) FILTER (WHERE o.reason IS NULL AND o.settled_at IS NOT NULL) AS paid,
    count(*) FILTER (WHERE o.reason = 'unpaid') AS unpaid,
    count(*) FILTER (WHERE o.reason = 'buyer') AS by_buyer,
    count(*) FILTER (WHERE o.status = 'REFUNDED') AS refunded,
    (SELECT count(*) FROM items i JOIN rejections r ON r.item_id = i.id WHERE i.sale_id = s.id) AS rejected
  FROM items i JOIN orders o ON o.item_id = i.id WHERE i.sale_id = s.id
) n ON true;
