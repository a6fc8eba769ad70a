-- correct-sold: sets an item's sold column to the units of its live orders. Run lock-items.sql first, in the same transaction: this statement then
-- sees every order that was committed before. A transaction that makes or cancels orders and has not committed yet moves the column afterwards.
--
-- $1 item id
--
-- Returns the item if its column was wrong. Fails on items_never_oversold if the live orders are more than the stock.
UPDATE items i SET sold = live.units
FROM (
  SELECT coalesce(sum(quantity), 0)::int AS units
  FROM orders
  WHERE item_id = $1::bpchar AND status IN ('PENDING_PAYMENT', 'PAID')
) live
WHERE i.id = $1::bpchar AND i.sold <> live.units
RETURNING i.id AS "itemId"
