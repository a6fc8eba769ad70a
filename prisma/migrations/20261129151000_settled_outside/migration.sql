-- A refund that its provider has refused can be settled by a person, such as by bank transfer. It is DONE then, and the provider does not have it.
-- "settled_by": the operator who said so; null if the provider did it. They say so while it is still REFUSED, and it is settled like the others.
ALTER TABLE "refunds"
  ADD COLUMN "settled_by" TEXT,
  ADD COLUMN "settled_note" TEXT;

-- The audit compares what refunds did with their events. Few refunds are in it.
CREATE INDEX "refunds_with_events_idx" ON "refunds" ("order_id") WHERE "done_event" = 'partly-refunded' OR "refused_version" IS NOT NULL;

-- describe_refunds: a JSON object for each refund that exists, once: the refund as it is now, whether it is among the changed ones, and its order.
-- Times in ms.
CREATE FUNCTION "describe_refunds"(refund_ids uuid[], changed_ids uuid[] DEFAULT '{}') RETURNS SETOF json LANGUAGE sql STABLE AS $$
SELECT json_build_object(
  'refundId', r.id, 'provider', p.provider, 'state', r.state, 'changed', r.id = ANY (changed_ids), 'amountCents', r.amount_cents, 'reason', r.reason,
  'doneAt', round(date_part('epoch', r.done_at) * 1000), 'doneEvent', r.done_event, 'doneVersion', r.done_version,
  'refusedAt', round(date_part('epoch', r.refused_at) * 1000), 'refusedReason', r.refused_reason, 'refusedVersion', r.refused_version,
  'retriedBy', r.retried_by, 'returnsUnits', r.returns_units, 'settledBy', r.settled_by,
  'insteadOf', (SELECT b.id FROM refunds b WHERE b.order_id = r.order_id AND b.retried_by = r.id),
  'shrinksStock', o.status = 'REFUNDED' AND o.reason IS NULL AND NOT EXISTS (
    SELECT FROM refunds d WHERE d.order_id = o.id AND d.state = 'DONE' AND d.returns_units
  ),
  'order', json_build_object(
    'orderId', o.id, 'saleId', o.sale_id, 'itemId', o.item_id, 'userId', o.user_id, 'quantity', o.quantity, 'amountCents', o.amount_cents,
    'currency', o.currency, 'status', o.status, 'version', o.version, 'reason', o.reason,
    'reservedAt', round(date_part('epoch', o.reserved_at) * 1000), 'payBy', round(date_part('epoch', o.pay_by) * 1000),
    'createdAt', round(date_part('epoch', o.created_at) * 1000),
    'settledAt', coalesce(round(date_part('epoch', o.settled_at) * 1000), 0),
    'refundedAt', coalesce(round(date_part('epoch', o.refunded_at) * 1000), 0)
  )
)
FROM refunds r
JOIN payments p ON p.id = r.payment_id
JOIN orders o ON o.id = r.order_id
WHERE r.id = ANY (refund_ids)
$$;

-- settle_refunds: writes what the provider says of refunds. Once all money that was received for an order has gone back, the order becomes REFUNDED in
-- the same transaction: if it was PAID, its units leave it, back to sale or out of the stock. Repeated results change nothing.
--
-- Arrays of equal length: refund ids, which provider says so (null if that is not known), DONE or REFUSED, and why it was refused.
--
-- Returns what describe_refunds does.
--
-- Everything that changes the refunds of an order takes the order's lock first, so each statement sees all that the previous holder committed. Then
-- sales, then items, each in id order, to avoid deadlocks.
CREATE OR REPLACE FUNCTION "settle_refunds"(refund_ids uuid[], providers text[], outcomes text[], reasons text[]) RETURNS SETOF json LANGUAGE plpgsql AS $$
DECLARE
  settled timestamptz := date_trunc('milliseconds', clock_timestamp());
  order_ids uuid[] := ARRAY(SELECT DISTINCT order_id FROM refunds WHERE id = ANY (refund_ids));
  changed uuid[] := '{}';
  refund refunds;
  of_order orders;
  given_up int;
BEGIN
  PERFORM FROM orders WHERE id = ANY (order_ids) ORDER BY id FOR NO KEY UPDATE;
  PERFORM FROM sales WHERE id IN (SELECT sale_id FROM orders WHERE id = ANY (order_ids) AND status = 'PAID') ORDER BY id FOR NO KEY UPDATE;
  PERFORM FROM items WHERE id IN (SELECT item_id FROM orders WHERE id = ANY (order_ids) AND status = 'PAID') ORDER BY id FOR NO KEY UPDATE;
  FOR i IN 1 .. cardinality(refund_ids) LOOP
    -- A provider may carry out what it has refused, if a person there saw to it; but not if another refund has replaced this one.
    UPDATE refunds r
    SET state = outcomes[i]::refund_state,
      done_at = CASE outcomes[i] WHEN 'DONE' THEN settled END,
      refused_at = CASE outcomes[i] WHEN 'REFUSED' THEN settled ELSE r.refused_at END,
      refused_reason = CASE outcomes[i] WHEN 'REFUSED' THEN reasons[i] ELSE r.refused_reason END
    WHERE r.id = refund_ids[i]
      -- One provider's key must not settle what another one holds.
      AND EXISTS (SELECT FROM payments p WHERE p.id = r.payment_id AND p.provider = coalesce(providers[i], p.provider))
      AND (r.state IN ('DECIDED', 'SENT', 'PENDING') OR (r.state = 'REFUSED' AND outcomes[i] = 'DONE' AND r.retried_by IS NULL))
    RETURNING r.* INTO refund;
    CONTINUE WHEN NOT FOUND;
    changed := changed || refund.id;
    SELECT * INTO of_order FROM orders WHERE id = refund.order_id;
    IF refund.state = 'REFUSED' THEN
      -- The first move of an order has version 1: an unpaid one keeps its version.
      IF of_order.status <> 'PENDING_PAYMENT' THEN
        of_order.version := of_order.version + 1;
        UPDATE orders SET version = of_order.version WHERE id = of_order.id;
      END IF;
      UPDATE refunds SET refused_version = of_order.version WHERE id = refund.id;
    ELSIF (of_order.status = 'PAID' OR of_order.status = 'CANCELLED' AND EXISTS (
      SELECT FROM refunds r WHERE r.order_id = of_order.id AND r.state = 'DONE' AND r.reason = 'order-cancelled'
    )) AND NOT EXISTS (
      -- A payment of which more was received than has gone back.
      SELECT FROM payments p
      WHERE p.order_id = of_order.id AND p.status IN ('SUCCEEDED', 'REFUNDED')
        AND coalesce((SELECT max(r.amount_cents) FROM refunds r WHERE r.payment_id = p.id AND r.reason <> 'operator'), p.amount_cents)
          > (SELECT coalesce(sum(r.amount_cents), 0) FROM refunds r WHERE r.payment_id = p.id AND r.state = 'DONE')
    ) THEN
      UPDATE orders SET status = 'REFUNDED', version = of_order.version + 1, refunded_at = settled WHERE id = of_order.id;
      UPDATE payments SET status = 'REFUNDED' WHERE order_id = of_order.id AND status = 'SUCCEEDED';
      UPDATE refunds SET done_event = 'refunded', done_version = of_order.version + 1 WHERE id = refund.id;
      IF of_order.status = 'PAID' THEN
        given_up := CASE
          WHEN EXISTS (SELECT FROM refunds r WHERE r.order_id = of_order.id AND r.state = 'DONE' AND r.returns_units) THEN 0
          ELSE of_order.quantity
        END;
        UPDATE items SET sold = sold - of_order.quantity, stock = stock - given_up WHERE id = of_order.item_id;
        -- Redis takes over a total only with a newer version.
        UPDATE sales SET version = version + 1 WHERE id = of_order.sale_id AND given_up > 0;
      END IF;
    ELSIF of_order.status = 'PAID' AND refund.reason = 'operator' THEN
      UPDATE orders SET version = of_order.version + 1 WHERE id = of_order.id;
      UPDATE refunds SET done_event = 'partly-refunded', done_version = of_order.version + 1 WHERE id = refund.id;
    END IF;
  END LOOP;
  RETURN QUERY SELECT * FROM describe_refunds(refund_ids, changed);
END
$$;
