-- payment-deadlines: how many unpaid orders of each sale fall due in each slice of its payment timeout, on this server's clock, which also cancels
-- them. Reads only the partial index of unpaid orders and their rows. date_part, not extract: that one computes with decimal digits, and takes twice
-- as long.
--
-- $1 slices; the first one (0) also has what is overdue, the last one what is due later
SELECT o.sale_id AS "saleId", count(*)::int AS orders, min(o.pay_by) AS next,
  least($1::int - 1, greatest(0, floor(
    (date_part('epoch', o.pay_by) - date_part('epoch', now())) * $1::int / s.pay_timeout_seconds)))::int AS slice
FROM orders o JOIN sales s ON s.id = o.sale_id
WHERE o.status = 'PENDING_PAYMENT'
GROUP BY o.sale_id, slice
