-- wrong-amounts: orders whose amount or currency is not that of their item's price.
--
-- $1 sale id
--
-- Returns 1000 rows at most, more than a person reads.
SELECT o.id::text AS "orderId", o.amount_cents AS "amountCents", o.currency::text AS currency,
  i.price_cents::bigint * o.quantity AS "dueCents", i.currency::text AS "dueCurrency"
FROM orders o JOIN items i ON i.id = o.item_id
WHERE i.sale_id = $1::uuid AND (o.amount_cents <> i.price_cents::bigint * o.quantity OR o.currency <> i.currency)
LIMIT 1000
