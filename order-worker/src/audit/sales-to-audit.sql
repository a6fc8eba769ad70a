-- sales-to-audit: sales that buyers can buy from, or whose orders may still move: until ten minutes after the last order was due.
--
-- $1 most sales
SELECT id::text AS "saleId"
FROM sales
WHERE status <> 'DRAFT' AND starts_at <= now()
  AND least(ends_at, closed_at) + make_interval(secs => pay_timeout_seconds) + interval '10 minutes' > now()
ORDER BY ends_at
LIMIT $1
