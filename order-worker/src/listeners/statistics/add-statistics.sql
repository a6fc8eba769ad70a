-- add-statistics: adds to the counters of sales. Arrays of equal length, each sale once, in id order.
--
-- $1 sale ids   $2 created   $3 paid   $4 cancelled   $5 rejected   $6 refunded   $7 revenue in cents
INSERT INTO sale_statistics AS s (sale_id, created, paid, cancelled, rejected, refunded, revenue_cents)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
ON CONFLICT (sale_id) DO UPDATE SET
  created = s.created + excluded.created,
  paid = s.paid + excluded.paid,
  cancelled = s.cancelled + excluded.cancelled,
  rejected = s.rejected + excluded.rejected,
  refunded = s.refunded + excluded.refunded,
  revenue_cents = s.revenue_cents + excluded.revenue_cents
