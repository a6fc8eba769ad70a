-- record-events: keeps what each of the providers' events said first, and returns that. The update changes nothing: it makes PostgreSQL return the
-- row that is there.
--
-- $1 event ids, each once, in order to avoid deadlocks   $2 their contents
INSERT INTO payment_events (event_id, content)
SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (event_id) DO UPDATE SET event_id = excluded.event_id
RETURNING event_id AS "eventId", content
