-- measure-refunds: how many refunds are under way, how many wait for an operator, and how long the oldest ones have waited, in seconds. Both parts read
-- a partial index, so only these rows.
SELECT open.count::int AS open, open.unsent, open.pending, refused.count::int AS refused
FROM (
  SELECT count(*),
    coalesce(date_part('epoch', clock_timestamp() - min(created_at) FILTER (WHERE state <> 'PENDING')), 0) AS unsent,
    coalesce(date_part('epoch', clock_timestamp() - min(created_at) FILTER (WHERE state = 'PENDING')), 0) AS pending
  FROM refunds
  WHERE state IN ('DECIDED', 'SENT', 'PENDING')
) open
CROSS JOIN (SELECT count(*) FROM refunds WHERE state = 'REFUSED' AND retried_by IS NULL) refused
