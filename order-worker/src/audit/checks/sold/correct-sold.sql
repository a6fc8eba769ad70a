-- correct-sold: sets an item's sold column to the units of its live orders. The item is locked (lock-items.sql), and this is a statement of its
-- own, so that it sees all that committed before: who makes orders locks the item first, and who cancels moves the column after this.
--
-- $1 item id
--
-- Answers the item where its column was another one. Fails on items_never_oversold where the live orders are more than the stock.
UPDATE items i SET sold = live.units
FROM (
  SELECT coalesce(sum(quantity), 0)::int AS units
  FROM orders
  WHERE item_id = $1::bpchar AND status IN ('PENDING_PAYMENT', 'PAID')
) live
WHERE i.id = $1::bpchar AND i.sold <> live.units
RETURNING i.id AS "itemId"
