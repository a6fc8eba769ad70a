import pg from 'pg';
import { newId, newReservationId } from 'seckill-core';

/**
 * The ceilings of the heavy path, in a copy of the orders table with its checks, indexes and fill factor, but without triggers.
 *
 * `insert N`: as many rows by multi-row INSERTs. No stock, no limit, no events, no deadlines.
 * `update SALE`: the sale's orders, copied beforehand, cancelled by multi-row UPDATEs. No stock, no events, and nothing moves in Redis.
 */
const BATCH = 500;
const CONNECTIONS = 8;

const [work, argument = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: CONNECTIONS });
await copyTable();
const batches = work === 'insert' ? insertsOf(Number(argument)) : await updatesOf(argument);
const from = performance.now();
await Promise.all(Array.from({ length: CONNECTIONS }, runBatches));
const seconds = (performance.now() - from) / 1000;
await pool.query('DROP TABLE bare_orders');
await pool.end();
process.send?.({ seconds });
process.disconnect?.();

async function copyTable(): Promise<void> {
  await pool.query('DROP TABLE IF EXISTS bare_orders; CREATE TABLE bare_orders (LIKE orders INCLUDING ALL)');
  // LIKE leaves out the table's own settings.
  const { rows } = await pool.query<{ settings: string | null }>(
    `SELECT array_to_string(reloptions, ', ') AS settings FROM pg_class WHERE oid = 'orders'::regclass`,
  );
  const settings = rows[0]?.settings;
  if (settings) await pool.query(`ALTER TABLE bare_orders SET (${settings})`);
}

async function runBatches(): Promise<void> {
  for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) await batch();
}

function insertsOf(count: number): (() => Promise<unknown>)[] {
  const saleId = newId();
  return portions(Array.from({ length: count }, (_, index) => `u${index.toString().padStart(8, '0')}`)).map((users) => () => {
    const ids = users.map(() => newReservationId('00002a'));
    return pool.query(
      `INSERT INTO bare_orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, pay_by, reserved_at)
       SELECT id, $3, '00002a', user_id, 1, 19900, 'EUR', now() + interval '15 min', now()
       FROM unnest($1::uuid[], $2::text[]) AS row (id, user_id) ON CONFLICT DO NOTHING`,
      [ids, users, saleId],
    );
  });
}

async function updatesOf(saleId: string): Promise<(() => Promise<unknown>)[]> {
  await pool.query('INSERT INTO bare_orders SELECT * FROM orders WHERE sale_id = $1 ORDER BY id', [saleId]);
  await pool.query('ANALYZE bare_orders');
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM bare_orders ORDER BY id');
  return portions(rows.map(({ id }) => id)).map(
    (ids) => () =>
      pool.query(
        `UPDATE bare_orders SET status = 'CANCELLED', version = version + 1, settled_at = now(), reason = 'unpaid'
         WHERE id = ANY ($1::uuid[])`,
        [ids],
      ),
  );
}

function portions<Value>(values: readonly Value[]): Value[][] {
  return Array.from({ length: Math.ceil(values.length / BATCH) }, (_, index) => values.slice(index * BATCH, (index + 1) * BATCH));
}
