-- forget-events: deletes the oldest of what the providers' events said. Rows that another worker holds are skipped. Returns the number of rows.
--
-- $1 days to keep   $2 most rows
--
-- By row address, so the planner reads only these rows, whatever it expects. now(), because a volatile clock would keep it from the index.
DELETE FROM payment_events
WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM payment_events
  WHERE received_at < now() - make_interval(days => $1)
  ORDER BY received_at
  LIMIT $2
  FOR UPDATE SKIP LOCKED
))
