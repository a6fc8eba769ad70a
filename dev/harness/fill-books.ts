import { Client } from 'pg';

export interface BooksSize {
  orders: number;
  /** Default 1. */
  sales?: number;
  /** Default 1. */
  itemsPerSale?: number;
  /** The sales ended a month ago, and no order is unpaid any more. Default: they are live. */
  over?: boolean;
}

/**
 * Adds sales to a migrated database as if they had been going on for an hour: orders of as many users in every state, their payments, and the
 * statistics. 20 000 rows a second and more. The sales are so old that no audit expects their events. Resolves to the item ids,
 * sale by sale. Call it once for live sales and once for sales that are over.
 */
export async function fillBooks(
  databaseUrl: string,
  { orders, sales = 1, itemsPerSale = 1, over = false }: BooksSize,
): Promise<{ saleId: string; itemIds: string[] }[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const fill = statements(over);
    await client.query(fill.sales, [sales]);
    await client.query(fill.items, [itemsPerSale, orders]);
    await client.query(fill.orders, [orders]);
    for (const statement of fill.rest) await client.query(statement);
    await client.query('VACUUM ANALYZE');
    const { rows } = await client.query(
      `SELECT sale_id AS "saleId", array_agg(id::text ORDER BY position) AS "itemIds" FROM items WHERE ${fill.ours} GROUP BY sale_id ORDER BY sale_id`,
    );
    return rows;
  } finally {
    await client.end();
  }
}

/** Shares of the orders: of ten, six are paid, three cancelled, and one waits for payment unless the sale is over. */
function statements(over: boolean) {
  const prefix = `01900000-0000-7000-8${over ? '001' : '000'}-`;
  const ours = `sale_id::text LIKE '${prefix}%'`;
  const now = over ? `(now() - interval '30 days')` : 'now()';
  const last = over ? 'CANCELLED' : 'PENDING_PAYMENT';
  const status = `(CASE WHEN n / items % 10 < 6 THEN 'PAID' WHEN n / items % 10 < 9 THEN 'CANCELLED' ELSE '${last}' END)::order_status`;
  return {
    /** The ids of these sales, and of no other, begin like this. */
    ours,
    sales: `
INSERT INTO sales (id, title, status, starts_at, ends_at, pay_timeout_seconds, token_lead_seconds, rate_per_second, burst, version, created_at)
SELECT ('${prefix}' || lpad(to_hex(s), 12, '0'))::uuid, 'sale ' || s, 'PUBLISHED', ${now} - interval '1 hour',
  ${now} + interval '1 hour', 3600, 300, 1000, 1000, 1, ${now} - interval '30 days'
FROM generate_series(1, $1::int) s`,
    items: `
INSERT INTO items (sale_id, position, title, price_cents, currency, stock)
SELECT s.id, i, 'item ' || i, 1000, 'EUR', $2::int
FROM (SELECT id, id AS sale_id FROM sales) s, generate_series(0, $1::int - 1) i WHERE ${ours} ORDER BY s.id, i`,
    // Ids as a gateway makes them: the time, chance, and the item's six digits.
    orders: `
INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, version, pay_by, reserved_at, created_at,
  settled_at, reason)
SELECT (lpad(to_hex(floor(extract(epoch FROM reserved_at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0') || '8' ||
    lpad(to_hex(n / 4096 % 4096), 3, '0') || lpad(to_hex(n * 7919 % 16777216), 6, '0') || item_id)::uuid,
  sale_id, item_id, 'user-' || n, 1, 1000, 'EUR', status, CASE status WHEN 'PENDING_PAYMENT' THEN 0 ELSE 1 END,
  reserved_at + interval '1 hour', reserved_at, reserved_at + interval '50 ms' + n % 100 * interval '1 ms',
  CASE status WHEN 'PENDING_PAYMENT' THEN NULL ELSE reserved_at + interval '10 seconds' + n % 1000 * interval '0.1 seconds' END,
  CASE status WHEN 'CANCELLED' THEN 'buyer' END
FROM (
  SELECT n, i.id AS item_id, i.sale_id, ${status} AS status,
    date_trunc('milliseconds', ${now} - interval '15 minutes' + n * (interval '10 minutes' / $1::bigint)) AS reserved_at
  FROM (SELECT id, sale_id, row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS items FROM items WHERE ${ours}) i
  JOIN generate_series(0, $1::bigint - 1) n ON n % i.items = i.k
) o`,
    rest: [
      `
UPDATE items i SET sold = live.units
FROM (SELECT item_id, sum(quantity) AS units FROM orders WHERE status IN ('PAID', 'PENDING_PAYMENT') AND ${ours} GROUP BY item_id) live
WHERE i.id = live.item_id`,
      `
INSERT INTO payments (id, order_id, amount_cents, currency, status, created_at, received_at)
SELECT gen_random_uuid(), id, amount_cents, currency, 'SUCCEEDED', created_at, settled_at FROM orders WHERE status = 'PAID' AND ${ours}`,
      `
WITH revenue AS (
  INSERT INTO sale_revenue (sale_id, currency, cents)
  SELECT sale_id, currency, sum(amount_cents) FROM orders WHERE status = 'PAID' AND ${ours} GROUP BY sale_id, currency
)
INSERT INTO sale_statistics (sale_id, created, paid, cancelled)
SELECT sale_id, count(*), count(*) FILTER (WHERE status = 'PAID'), count(*) FILTER (WHERE status = 'CANCELLED')
FROM orders WHERE ${ours} GROUP BY sale_id`,
    ],
  };
}
