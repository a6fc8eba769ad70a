-- claim-sagas: takes the sagas whose time has come, for $4 seconds. By then this worker has stored what their steps did, or it is dead and another
-- takes them. Rows that another worker holds are skipped. Each step has places, so one whose calls hang delays no other step.
--
-- $1 saga   $2 steps with free places   $3 their free places   $4 seconds
WITH claimed AS (
  UPDATE sagas s
  SET version = s.version + 1, attempts = s.attempts + 1, next_try_at = clock_timestamp() + make_interval(secs => $4::float8)
  WHERE s.name = $1 AND s.order_id = ANY (ARRAY(
    SELECT due.order_id
    FROM unnest($2::text[], $3::int[]) AS places (step, most)
    CROSS JOIN LATERAL (
      SELECT d.order_id
      FROM sagas d
      WHERE d.name = $1 AND d.step = places.step AND d.next_try_at <= statement_timestamp()
      ORDER BY d.next_try_at
      LIMIT places.most
      FOR UPDATE SKIP LOCKED
    ) due
  ))
  RETURNING s.order_id, s.state, s.step, s.steps, s.history, s.version, s.attempts
)
SELECT c.order_id AS "orderId", c.state::text AS state, c.step, c.steps, c.history, c.version, c.attempts, o.sale_id AS "saleId", o.item_id AS "itemId",
  i.title AS "itemTitle", o.user_id AS "userId", o.quantity, o.amount_cents::float8 AS "amountCents", o.currency, o.status::text AS status
FROM claimed c
JOIN orders o ON o.id = c.order_id
JOIN items i ON i.id = o.item_id
