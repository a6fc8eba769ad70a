-- changed-since: the next orders and rejections after an id, and which of them may have an event within a time. One page of each primary key.
--
-- $1 the id after which to read   $2 how many to read   $3 from, ms   $4 before, ms   $5 only this sale, or null
SELECT id::text AS "orderId",
  ($5::uuid IS NULL OR sale_id = $5::uuid) AND first_at < to_timestamp($4::float8 / 1000) AND (
    last_at >= to_timestamp($3::float8 / 1000) OR EXISTS (
      SELECT FROM refunds f WHERE f.order_id = page.id AND greatest(f.created_at, f.done_at, f.refused_at) >= to_timestamp($3::float8 / 1000)
    ) OR EXISTS (
      SELECT FROM payments p WHERE p.order_id = page.id AND greatest(p.created_at, p.failed_at) >= to_timestamp($3::float8 / 1000)
    )
  ) AS wanted
FROM (
  (SELECT id, sale_id, created_at AS first_at, greatest(created_at, settled_at, refunded_at) AS last_at
   FROM orders WHERE id > $1::uuid ORDER BY id LIMIT $2::int)
  UNION ALL
  (SELECT reservation_id, sale_id, created_at, created_at FROM rejections WHERE reservation_id > $1::uuid ORDER BY reservation_id LIMIT $2::int)
) page
ORDER BY id LIMIT $2::int
