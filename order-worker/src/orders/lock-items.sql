-- lock-items: makes workers that judge reservations of the same items take turns. Runs first in a transaction, as a separate statement: the snapshot of
-- the next statement then contains everything that the previous worker committed. In id order, to avoid deadlocks.
--
-- $1 item ids
SELECT id FROM items WHERE id = ANY ($1::bpchar[]) ORDER BY id FOR NO KEY UPDATE
