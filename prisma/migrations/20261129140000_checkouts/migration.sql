-- What is known of each checkout at its provider, and the orders whose checkouts are being closed.

ALTER TYPE "payment_status" ADD VALUE 'CLOSED';

ALTER TABLE "payments"
  ADD COLUMN "provider" TEXT NOT NULL DEFAULT 'http',
  ADD COLUMN "provider_ref" TEXT,
  ADD COLUMN "channel" TEXT,
  ADD COLUMN "locale" TEXT NOT NULL DEFAULT 'en',
  ADD COLUMN "payer_id" TEXT,
  ADD COLUMN "payer" TEXT,
  ADD COLUMN "paid_at" TIMESTAMPTZ(3),
  ADD COLUMN "closed_at" TIMESTAMPTZ(3),
  ADD COLUMN "next_query_at" TIMESTAMPTZ(3),
  ADD COLUMN "queries" SMALLINT NOT NULL DEFAULT 0;

-- Payments that an earlier version opened, and that may have been paid without a word.
UPDATE "payments" p SET "next_query_at" = clock_timestamp()
FROM "orders" o
WHERE o."id" = p."order_id" AND o."status" = 'PENDING_PAYMENT' AND p."status"::text IN ('CREATED', 'FAILED');

CREATE INDEX "payments_next_query_at_idx" ON "payments" ("next_query_at") WHERE "next_query_at" IS NOT NULL;

-- A checkout of the order may be open, so the order is cancelled only after the provider has closed it. On the row of the order itself: the UPDATE that
-- cancels reads the latest version of that row, whatever was committed while it waited for the lock.
ALTER TABLE "orders" ADD COLUMN "paying" BOOLEAN NOT NULL DEFAULT false;

UPDATE "orders" o SET "paying" = true
FROM "payments" p
WHERE o."id" = p."order_id" AND o."status" = 'PENDING_PAYMENT' AND p."status"::text IN ('CREATED', 'FAILED');

-- Which providers a sale offers, the usual one first; none for all.
ALTER TABLE "sales" ADD COLUMN "payment_providers" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[];

-- Orders that are due and whose open checkouts have to be closed first.
CREATE TABLE "closing_orders" (
  "order_id" UUID NOT NULL,
  "wanted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "tries" INTEGER NOT NULL DEFAULT 0,
  "next_try_at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "last_error" TEXT,
  CONSTRAINT "closing_orders_pkey" PRIMARY KEY ("order_id")
);

CREATE INDEX "closing_orders_next_try_at_idx" ON "closing_orders" ("next_try_at");

-- cancel_orders: cancels orders that are still unpaid, gives their units back to the item in the same transaction, and returns the present state of
-- every order. That includes orders cancelled before, so that a redelivery can repair what follows the commit. An order whose checkout may be open is
-- left alone: its state is PENDING_PAYMENT, and "paying" is true.
--
-- Order ids, each once. The reason 'unpaid' cancels only what is due on this server's clock; 'buyer' also cancels earlier.
--
-- Returns a row for all orders that have the first columns in common. The rest, from "orderId" on, are arrays with an element for each order: a row
-- for each order would take 1 µs more of PostgreSQL, and 4 of the worker.
--
-- A payment in progress is waited for, and so is a checkout that begins. The row is then no longer unpaid, or "paying", and PostgreSQL leaves it alone. A
-- returned state of PENDING_PAYMENT may be older than that: read it again. Orders are locked first, then items in id order, then the rows of the order counts. Deadlocks are rare;
-- after one, the caller retries.
--
-- A function, so that its plan is kept by the session: planning took half of the time of a small batch. No table is read from end to end, although
-- the plan may be as old as the first orders. No part joins one CTE to a table over the batch: the planner guesses their sizes, and would nest
-- loops. Times in ms; date_part, not extract: that one computes with decimal digits.
CREATE OR REPLACE FUNCTION "cancel_orders"(order_ids uuid[], cancel_reason text) RETURNS SETOF json LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  RETURN QUERY
  WITH clock AS MATERIALIZED (
    SELECT date_trunc('milliseconds', clock_timestamp()) AS now
  ), cancelled AS (
    -- status as text, to keep the planner from the index of unpaid orders: it would read all that are due, however few are asked for.
    UPDATE orders o
    SET status = 'CANCELLED', version = o.version + 1, settled_at = (SELECT now FROM clock), reason = cancel_reason
    WHERE o.id = ANY (order_ids) AND o.status::text = 'PENDING_PAYMENT' AND NOT o.paying
      AND (cancel_reason = 'buyer' OR o.pay_by <= (SELECT now FROM clock))
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
    SELECT p.sale_id AS "saleId", p.item_id AS "itemId", p.currency, p.status::text AS status, p.reason, p.version, p.fresh, p.paying,
      coalesce(round(date_part('epoch', p.settled_at) * 1000), 0) AS "settledAt",
      round(date_part('epoch', (SELECT now FROM clock)) * 1000) AS now,
      json_agg(p.id) AS "orderId", json_agg(p.user_id) AS "userId", json_agg(p.quantity) AS quantity, json_agg(p.amount_cents) AS "amountCents",
      json_agg(round(date_part('epoch', p.reserved_at) * 1000)) AS "reservedAt",
      json_agg(round(date_part('epoch', p.pay_by) * 1000)) AS "payBy",
      json_agg(round(date_part('epoch', p.created_at) * 1000)) AS "createdAt"
    FROM present p
    GROUP BY p.sale_id, p.item_id, p.currency, p.status, p.reason, p.version, p.fresh, p.paying, p.settled_at
  ) alike;
END
$$;

-- cancel_closed_orders: as cancel_orders, for orders whose checkouts the provider has closed. An order for which another checkout was begun since stays as
-- it is. The orders are locked first: a checkout that begins locks its order too, so the next statement sees it.
CREATE FUNCTION "cancel_closed_orders"(order_ids uuid[], cancel_reason text) RETURNS SETOF json LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  PERFORM FROM orders WHERE id = ANY (order_ids) ORDER BY id FOR NO KEY UPDATE;
  UPDATE orders o SET paying = false
  WHERE o.id = ANY (order_ids) AND o.paying AND o.status::text IN ('PENDING_PAYMENT') AND NOT EXISTS (
    SELECT FROM payments p WHERE p.order_id = o.id AND p.closed_at IS NULL AND p.status::text IN ('CREATED', 'FAILED')
  );
  RETURN QUERY SELECT * FROM cancel_orders(order_ids, cancel_reason);
END
$$;
