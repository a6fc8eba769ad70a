-- How many orders and rejections of an item are in each state, counted as they are written: the overview reads these few rows in place of millions.
-- Triggers, so that every statement that writes orders counts them in its own transaction. REJECTED counts the rejections.
--
-- Four parts for each sum: a transaction holds its part's row until it commits, and payments, cancels and new orders of one item would take turns.
CREATE TABLE "order_counts" (
    "item_id" CHAR(6) NOT NULL,
    "status" TEXT NOT NULL,
    "part" SMALLINT NOT NULL,
    "orders" BIGINT NOT NULL,

    CONSTRAINT "order_counts_pkey" PRIMARY KEY ("item_id", "status", "part")
) WITH (fillfactor = 50);

-- Once for a statement, however many rows it writes. In the order of the key, so that no two transactions wait for each other.
CREATE FUNCTION "count_orders"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO order_counts AS c (item_id, status, part, orders)
    SELECT item_id, status::text, pg_backend_pid() % 4, count(*) FROM added GROUP BY item_id, status ORDER BY item_id, status::text
    ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO order_counts AS c (item_id, status, part, orders)
    SELECT item_id, status::text, pg_backend_pid() % 4, -count(*) FROM removed GROUP BY item_id, status ORDER BY item_id, status::text
    ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders;
  ELSE
    INSERT INTO order_counts AS c (item_id, status, part, orders)
    SELECT item_id, status::text, pg_backend_pid() % 4, sum(orders)
    FROM (
      SELECT item_id, status, count(*) AS orders FROM added GROUP BY item_id, status
      UNION ALL
      SELECT item_id, status, -count(*) FROM removed GROUP BY item_id, status
    ) moved
    GROUP BY item_id, status HAVING sum(orders) <> 0 ORDER BY item_id, status::text
    ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders;
  END IF;
  RETURN NULL;
END
$$;

CREATE FUNCTION "count_rejections"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO order_counts AS c (item_id, status, part, orders)
    SELECT item_id, 'REJECTED', pg_backend_pid() % 4, count(*) FROM added GROUP BY item_id ORDER BY item_id
    ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders;
  ELSE
    INSERT INTO order_counts AS c (item_id, status, part, orders)
    SELECT item_id, 'REJECTED', pg_backend_pid() % 4, -count(*) FROM removed GROUP BY item_id ORDER BY item_id
    ON CONFLICT (item_id, status, part) DO UPDATE SET orders = c.orders + excluded.orders;
  END IF;
  RETURN NULL;
END
$$;

-- Each of these waits until the writers of its table have finished, and lets no new one write until the counts are filled: 4 s for ten million orders.
CREATE TRIGGER "orders_inserted" AFTER INSERT ON "orders" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER "orders_updated" AFTER UPDATE ON "orders" REFERENCING NEW TABLE AS added OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER "orders_deleted" AFTER DELETE ON "orders" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_orders();
CREATE TRIGGER "rejections_inserted" AFTER INSERT ON "rejections" REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_rejections();
CREATE TRIGGER "rejections_deleted" AFTER DELETE ON "rejections" REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION count_rejections();

INSERT INTO order_counts (item_id, status, part, orders)
SELECT item_id, status::text, 0, count(*) FROM orders GROUP BY item_id, status
UNION ALL
SELECT item_id, 'REJECTED', 0, count(*) FROM rejections GROUP BY item_id;
