-- lock_then_run: locks items, then runs a statement over reservations, in one round trip and one transaction. If the network goes silent, no lock
-- waits for it: the server has everything it needs to finish alone. The second statement has a fresh snapshot, so it sees everything that the
-- previous holder of the locks committed. Both texts are arguments (lock-items.sql, create-orders.sql), so that two releases can share a database.
--
-- The six arrays are the statement's $1 to $6; the lock's $1 is item_ids. Returns the statement's rows as JSON.
CREATE FUNCTION "lock_then_run"(
  lock text, statement text, ids uuid[], item_ids text[], sale_ids uuid[], user_ids text[], quantities int[], reserved_at float8[]
) RETURNS SETOF json LANGUAGE plpgsql AS $$
DECLARE
  answer record;
BEGIN
  EXECUTE lock USING item_ids;
  FOR answer IN EXECUTE statement USING ids, item_ids, sale_ids, user_ids, quantities, reserved_at LOOP
    RETURN NEXT row_to_json(answer);
  END LOOP;
END
$$;
