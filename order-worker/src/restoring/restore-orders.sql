-- restore-orders: writes orders that PostgreSQL has lost, and the cancels that it has lost. Run lock-items.sql before and correct-sold.sql after it,
-- in the same transaction.
--
-- $1 the orders as JSON, each once; times in ms; cancelledAt is null if the order lives
--
-- A free order that lives is paid, as it was when it was created. Another that lives gets at least the sale's whole time to pay: its buyer could not pay while PostgreSQL was away. A row that is there changes only
-- from unpaid to cancelled. Returns the ids that were written.
WITH lost AS (
  SELECT * FROM json_to_recordset($1::json) AS l ("orderId" uuid, "saleId" uuid, "itemId" text, "userId" text, quantity int,
    "amountCents" bigint, currency text, "reservedAt" float8, "createdAt" float8, "payBy" float8, "cancelledAt" float8, reason text)
)
INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, version, pay_by, reserved_at, created_at, settled_at, reason)
SELECT l."orderId", l."saleId", i.id, l."userId", l.quantity, l."amountCents", l.currency,
  (CASE WHEN l."cancelledAt" IS NOT NULL THEN 'CANCELLED' WHEN l."amountCents" = 0 THEN 'PAID' ELSE 'PENDING_PAYMENT' END)::order_status,
  CASE WHEN l."cancelledAt" IS NULL AND l."amountCents" > 0 THEN 0 ELSE 1 END,
  CASE
    WHEN l."cancelledAt" IS NULL AND l."amountCents" > 0
    THEN greatest(to_timestamp(l."payBy" / 1000), clock_timestamp() + make_interval(secs => s.pay_timeout_seconds))
    ELSE to_timestamp(l."payBy" / 1000)
  END,
  to_timestamp(l."reservedAt" / 1000), to_timestamp(l."createdAt" / 1000), coalesce(to_timestamp(l."cancelledAt" / 1000), CASE l."amountCents" WHEN 0 THEN to_timestamp(l."createdAt" / 1000) END), l.reason
FROM lost l
JOIN items i ON i.id = l."itemId"::bpchar AND i.sale_id = l."saleId"
JOIN sales s ON s.id = i.sale_id
ON CONFLICT (id) DO UPDATE
SET status = excluded.status, version = orders.version + 1, pay_by = excluded.pay_by, settled_at = excluded.settled_at, reason = excluded.reason
WHERE orders.status = 'PENDING_PAYMENT' AND excluded.status = 'CANCELLED'
RETURNING id::text AS id
