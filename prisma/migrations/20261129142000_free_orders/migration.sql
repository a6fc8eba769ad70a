-- create_plain_orders: creates the orders of a batch if that is plain: every reservation is new, its item is known, and all fit the stock and the limit
-- per user. Then no reservation has to be judged against those before it. The orders are inserted first and the items locked afterwards, so workers
-- that sell the same item insert at the same time, and hold its lock only while they check the limit and commit.
--
-- Arrays of equal length, each id once. Returns the terms of each item as a JSON array: every reservation is a new order under the terms of its item.
-- Returns null if the batch is not plain; it has changed nothing then.
--
-- The checks that follow the lock have a fresh snapshot, so they see every order that a previous holder of the lock committed. A worker whose orders
-- were inserted but not committed waits for the lock, and sees these. Orders are inserted in id order, and items locked in id order, before the row
-- of their order count, to avoid deadlocks.
--
-- The planner can't know how long the arrays are. Without these settings it would nest loops over the batch, or read whole tables, by luck of its
-- statistics. The plans are kept by the session.
--
-- An order of a free item is paid as it is created: no provider takes an amount of 0. What depends on the price is decided once for an item.
CREATE OR REPLACE FUNCTION "create_plain_orders"(
  ids uuid[], item_ids bpchar[], sale_ids uuid[], user_ids text[], quantities int[], reserved_at float8[]
) RETURNS json LANGUAGE plpgsql SET enable_nestloop = off SET enable_seqscan = off AS $$
DECLARE
  made_at timestamptz := date_trunc('milliseconds', clock_timestamp());
  batch_items bpchar[] := ARRAY(SELECT DISTINCT unnest(item_ids));
  made bigint;
  item_terms json;
BEGIN
  WITH terms AS MATERIALIZED (
    SELECT i.id, i.sale_id, i.price_cents, i.currency,
      (SELECT s.pay_timeout_seconds FROM sales s WHERE s.id = i.sale_id) AS pay_timeout_seconds,
      (CASE i.price_cents WHEN 0 THEN 'PAID' ELSE 'PENDING_PAYMENT' END)::order_status AS status,
      CASE i.price_cents WHEN 0 THEN 1 ELSE 0 END AS version, CASE i.price_cents WHEN 0 THEN made_at END AS settled_at
    FROM items i
    WHERE i.id = ANY (batch_items)
  ), inserted AS (
    INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, version, settled_at, pay_by, reserved_at, created_at)
    SELECT a.id, t.sale_id, t.id, a.user_id, a.quantity, t.price_cents::bigint * a.quantity, t.currency, t.status, t.version, t.settled_at,
      made_at + make_interval(secs => t.pay_timeout_seconds), to_timestamp(a.reserved_at / 1000), made_at
    FROM unnest(ids, item_ids, sale_ids, user_ids, quantities, reserved_at) AS a (id, item_id, sale_id, user_id, quantity, reserved_at)
    JOIN terms t ON t.id = a.item_id AND t.sale_id = a.sale_id
    ORDER BY a.id
    RETURNING item_id, quantity
  ), units AS MATERIALIZED (
    SELECT item_id, count(*) AS orders, sum(quantity) AS units FROM inserted GROUP BY item_id
  ), locked AS MATERIALIZED (
    SELECT i.id, u.orders, u.units
    FROM items i
    JOIN units u ON u.item_id = i.id
    WHERE i.id = ANY (batch_items)
    ORDER BY i.id FOR NO KEY UPDATE OF i
  ), sold AS (
    UPDATE items i SET sold = i.sold + l.units FROM locked l WHERE i.id = l.id AND i.id = ANY (batch_items)
    RETURNING i.id, l.orders
  )
  SELECT sum(s.orders), json_agg(json_build_object('itemId', t.id, 'priceCents', t.price_cents, 'currency', t.currency,
    'payTimeoutSeconds', t.pay_timeout_seconds, 'createdAt', round(date_part('epoch', made_at) * 1000)))
  INTO made, item_terms
  FROM sold s
  JOIN terms t ON t.id = s.id;
  IF made IS DISTINCT FROM cardinality(ids)
    OR EXISTS (SELECT FROM rejections r WHERE r.reservation_id = ANY (ids))
    OR EXISTS (
      SELECT FROM (
        SELECT o.item_id, sum(o.quantity) AS units
        FROM orders o
        WHERE o.user_id = ANY (user_ids) AND o.status IN ('PENDING_PAYMENT', 'PAID')
        GROUP BY o.user_id, o.item_id
      ) held
      JOIN (SELECT i.id, i.limit_per_user FROM items i WHERE i.id = ANY (batch_items)) i ON i.id = held.item_id
      WHERE held.units > i.limit_per_user
    )
  THEN
    RAISE check_violation USING MESSAGE = 'the batch is not plain';
  END IF;
  RETURN item_terms;
EXCEPTION
  -- What was inserted is undone: an order or a rejection exists already, an item is unknown, or its stock or the limit is passed.
  WHEN unique_violation OR check_violation THEN RETURN NULL;
END
$$;
