-- lock-items: makes workers that sell the same items take turns. Runs before create-orders in the same transaction, as a statement of its
-- own: create-orders then begins with a snapshot that shows everything the worker before it committed. In id order, against deadlocks.
--
-- $1 item ids
SELECT id FROM items WHERE id = ANY ($1::bpchar[]) ORDER BY id FOR NO KEY UPDATE
