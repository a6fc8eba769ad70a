-- scan-orders: looks through the next orders of some users or items, newest first, and returns those that fit. It reads $4 of them at most, so that
-- a rare status in a large sale takes several calls and not one long one.
--
-- $1 users, or null   $2 items, or null; without both, all orders   $3 before this id   $4 how many orders to look through
-- $5 only orders of these items, or null   $6 a status, or null   $7 from, ms   $8 before, ms   $9, $10 the first and the last id
-- $11 only orders of users whose ids begin with this, or of the items in $12; null for all
--
-- The time in an id is that of the purchase token, so an order is younger than its id, by less than a day; a minute is for clocks.
WITH bounds AS (
  SELECT least($3::uuid, (lpad(to_hex(least($8::bigint + 60000, 281474976710655)), 12, '0') || '70008000000000000000')::uuid) AS below,
    (lpad(to_hex(greatest($7::bigint - 86400000, 0)), 12, '0') || '70008000000000000000')::uuid AS above
), candidates AS (
  SELECT s.* FROM bounds b, unnest($1::text[]) u CROSS JOIN LATERAL (
    SELECT * FROM order_search WHERE user_id = u AND order_id < b.below AND order_id > b.above AND order_id BETWEEN $9::uuid AND $10::uuid ORDER BY order_id DESC LIMIT $4::int
  ) s
  UNION
  SELECT s.* FROM bounds b, unnest($2::bpchar[]) i CROSS JOIN LATERAL (
    SELECT * FROM order_search WHERE item_id = i AND order_id < b.below AND order_id > b.above AND order_id BETWEEN $9::uuid AND $10::uuid ORDER BY order_id DESC LIMIT $4::int
  ) s
  UNION
  SELECT s.* FROM bounds b CROSS JOIN LATERAL (
    SELECT * FROM order_search
    WHERE $1::text[] IS NULL AND $2::bpchar[] IS NULL AND order_id < b.below AND order_id > b.above AND order_id BETWEEN $9::uuid AND $10::uuid ORDER BY order_id DESC LIMIT $4::int
  ) s
), scanned AS (
  SELECT * FROM candidates ORDER BY order_id DESC LIMIT $4::int
)
SELECT count(*)::int AS scanned,
  (array_agg(order_id ORDER BY order_id))[1]::text AS last,
  coalesce(array_agg(order_id::text ORDER BY order_id DESC) FILTER (
    WHERE ($5::bpchar[] IS NULL OR item_id = ANY ($5::bpchar[])) AND ($11::text IS NULL OR starts_with(user_id, $11::text) OR item_id = ANY ($12::bpchar[]))
      AND ($6::text IS NULL OR status = $6::order_status)
      AND created_at >= to_timestamp($7::float8 / 1000) AND created_at < to_timestamp($8::float8 / 1000)
  ), '{}') AS "orderIds"
FROM scanned
