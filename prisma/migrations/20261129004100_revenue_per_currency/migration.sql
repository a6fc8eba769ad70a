-- The revenue of a sale, one row for each currency: sale_statistics."revenue_cents" adds up different currencies. That column stays for workers of
-- the earlier version, and is not read any more.
CREATE TABLE "sale_revenue" (
    "sale_id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "cents" BIGINT NOT NULL,

    CONSTRAINT "sale_revenue_pkey" PRIMARY KEY ("sale_id", "currency")
);

-- Most sales have one currency: what their statistics have counted is right, at the position of their listener.
INSERT INTO "sale_revenue" ("sale_id", "currency", "cents")
SELECT s.sale_id, i.currency, s.revenue_cents
FROM sale_statistics s
JOIN (SELECT sale_id, min(currency) AS currency FROM items GROUP BY sale_id HAVING count(DISTINCT currency) = 1) i USING (sale_id)
WHERE s.revenue_cents <> 0;

-- The others take it from their orders. A paid event that is not counted yet counts twice then; the audit finds and repairs that.
INSERT INTO "sale_revenue" ("sale_id", "currency", "cents")
SELECT i.sale_id, o.currency, sum(o.amount_cents)
FROM items i
JOIN orders o ON o.item_id = i.id
WHERE o.status = 'PAID' AND i.sale_id IN (SELECT sale_id FROM items GROUP BY sale_id HAVING count(DISTINCT currency) > 1)
GROUP BY i.sale_id, o.currency;
