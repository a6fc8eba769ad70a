-- refund-events: the refunds of a sale that did what an event for each refund reports, with when. Both names read one partial index.
--
-- $1 sale id
--
-- `recent`: within the last 5 s, so its event may be in flight. The same refund may be refused, and done later.
SELECT r.id::text AS "refundId", r.order_id::text AS "orderId", e.name, coalesce(e.at > clock_timestamp() - interval '5 seconds', false) AS recent
FROM refunds r
JOIN orders o ON o.id = r.order_id
CROSS JOIN LATERAL (VALUES
  ('partly-refunded', r.done_at, r.done_event = 'partly-refunded'),
  ('refund-refused', r.refused_at, r.refused_version IS NOT NULL)
) AS e (name, at, happened)
WHERE (r.done_event = 'partly-refunded' OR r.refused_version IS NOT NULL) AND e.happened
  AND o.item_id IN (SELECT id FROM items WHERE sale_id = $1::uuid)
