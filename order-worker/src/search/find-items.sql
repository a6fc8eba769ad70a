-- find-items: the items of a sale whose titles, with those of their sales, contain every word. Newest first.
--
-- Items are few compared with orders, so this reads them all: no dictionary has to know where a word of a Chinese title ends.
--
-- $1 a sale, or null   $2 an item, or null   $3 words in lower case   $4 most items
SELECT i.id::text AS "itemId"
FROM items i JOIN sales s ON s.id = i.sale_id
WHERE ($1::uuid IS NULL OR i.sale_id = $1::uuid) AND ($2::bpchar IS NULL OR i.id = $2::bpchar)
  AND NOT EXISTS (SELECT FROM unnest($3::text[]) word WHERE position(word IN lower(normalize(i.title || ' ' || s.title, NFKC))) = 0)
ORDER BY i.id DESC
LIMIT $4::int
