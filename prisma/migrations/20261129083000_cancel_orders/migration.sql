-- cancel_orders: cancels orders that are still unpaid, gives their units back to the item in the same transaction, and returns the present state of
-- every order. That includes orders cancelled before, so that a redelivery can repair what follows the commit.
--
-- Order ids, each once. The reason 'unpaid' cancels only what is due on this server's clock; 'buyer' also cancels earlier.
--
-- Returns a row for all orders that have the first columns in common. The rest, from "orderId" on, are arrays with an element for each order: a row
-- for each order would take 1 µs more of PostgreSQL, and 4 of the worker.
--
-- A payment in progress is waited for. The row is then no longer unpaid, and PostgreSQL leaves it alone. A returned state of PENDING_PAYMENT may be
-- older than that payment: read it again. Orders are locked first, then items in id order, then the rows of the order counts. Deadlocks are rare;
-- after one, the caller retries.
--
-- A function, so that its plan is kept by the session: planning took half of the time of a small batch. No table is read from end to end, although
-- the plan may be as old as the first orders. No part joins one CTE to a table over the batch: the planner guesses their sizes, and would nest
-- loops. Times in ms; date_part, not extract: that one computes with decimal digits.
CREATE FUNCTION "cancel_orders"(order_ids uuid[], cancel_reason text) RETURNS SETOF json LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
  WITH clock AS MATERIALIZED (
    SELECT date_trunc('milliseconds', clock_timestamp()) AS now
  ), cancelled AS (
    -- status as text, to keep the planner from the index of unpaid orders: it would read all that are due, however few are asked for.
    UPDATE orders o
    SET status = 'CANCELLED', version = o.version + 1, settled_at = (SELECT now FROM clock), reason = cancel_reason
    WHERE o.id = ANY (order_ids) AND o.status::text = 'PENDING_PAYMENT' AND (cancel_reason = 'buyer' OR o.pay_by <= (SELECT now FROM clock))
    RETURNING o.*
  ), returned AS MATERIALIZED (
    SELECT item_id, sum(quantity) AS units FROM cancelled GROUP BY item_id
  ), locked AS MATERIALIZED (
    SELECT i.id, r.units FROM items i JOIN returned r ON r.item_id = i.id ORDER BY i.id FOR NO KEY UPDATE OF i
  ), restocked AS (
    UPDATE items i SET sold = i.sold - locked.units
    FROM locked
    WHERE i.id = locked.id
  ), present AS (
    SELECT c.*, true AS fresh FROM cancelled c
    UNION ALL
    -- Only if some were not cancelled just now: the first condition is tested once. NOT IN, as its set is hashed whatever the planner expects.
    SELECT o.*, false
    FROM orders o
    WHERE (SELECT count(*) FROM cancelled) < cardinality(order_ids) AND o.id = ANY (order_ids) AND o.id NOT IN (SELECT id FROM cancelled)
  )
  SELECT row_to_json(alike)
  FROM (
    SELECT p.sale_id AS "saleId", p.item_id AS "itemId", p.currency, p.status::text AS status, p.reason, p.version, p.fresh,
      coalesce(round(date_part('epoch', p.settled_at) * 1000), 0) AS "settledAt",
      round(date_part('epoch', (SELECT now FROM clock)) * 1000) AS now,
      json_agg(p.id) AS "orderId", json_agg(p.user_id) AS "userId", json_agg(p.quantity) AS quantity, json_agg(p.amount_cents) AS "amountCents",
      json_agg(round(date_part('epoch', p.reserved_at) * 1000)) AS "reservedAt",
      json_agg(round(date_part('epoch', p.pay_by) * 1000)) AS "payBy",
      json_agg(round(date_part('epoch', p.created_at) * 1000)) AS "createdAt"
    FROM present p
    GROUP BY p.sale_id, p.item_id, p.currency, p.status, p.reason, p.version, p.fresh, p.settled_at
  ) alike;
END
$$;
