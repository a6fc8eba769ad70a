-- add-statistics: adds to the counters of sales, and to their revenue by currency. Each sale, and each currency of a sale, once, in order.
--
-- $1 sale ids   $2 created   $3 paid   $4 cancelled   $5 rejected   $6 refunded
-- $7 sale ids   $8 currencies   $9 revenue in the currency's minor unit
WITH counted AS (
  INSERT INTO sale_statistics AS s (sale_id, created, paid, cancelled, rejected, refunded)
  SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
  ON CONFLICT (sale_id) DO UPDATE SET
    created = s.created + excluded.created,
    paid = s.paid + excluded.paid,
    cancelled = s.cancelled + excluded.cancelled,
    rejected = s.rejected + excluded.rejected,
    refunded = s.refunded + excluded.refunded
)
INSERT INTO sale_revenue AS r (sale_id, currency, cents)
SELECT * FROM unnest($7::uuid[], $8::text[], $9::bigint[])
ON CONFLICT (sale_id, currency) DO UPDATE SET cents = r.cents + excluded.cents
