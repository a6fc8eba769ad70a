-- read-documents: orders as the search engine stores them. What orders have become since an event is as good: the version says how new it is.
--
-- $1 order ids
SELECT o.id::text AS "orderId", o.sale_id::text AS "saleId", o.item_id::text AS "itemId", o.user_id AS "userId", o.status::text,
  o.version, extract(epoch FROM o.created_at)::float8 * 1000 AS "createdAt", lower(normalize(i.title || ' ' || s.title, NFKC)) AS titles
FROM orders o JOIN items i ON i.id = o.item_id JOIN sales s ON s.id = o.sale_id
WHERE o.id = ANY ($1::uuid[])
