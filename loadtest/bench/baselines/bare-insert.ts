import pg from 'pg';
import { newId, newReservationId } from 'seckill-core';

/**
 * The ceiling of the orders: as many rows into a copy of the orders table, with its checks and indexes, by multi-row INSERTs alone.
 * No stock, no events, no deadlines.
 */
const BATCH = 500;
const CONNECTIONS = 8;

const rows = Number(process.argv[2]);
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: CONNECTIONS });
await pool.query('DROP TABLE IF EXISTS bare_orders; CREATE TABLE bare_orders (LIKE orders INCLUDING ALL)');

const sale = newId();
let left = rows;
const from = performance.now();
await Promise.all(Array.from({ length: CONNECTIONS }, insertBatches));
const seconds = (performance.now() - from) / 1000;
await pool.query('DROP TABLE bare_orders');
await pool.end();
process.send?.({ seconds });
process.disconnect?.();

async function insertBatches(): Promise<void> {
  while (left > 0) {
    const count = Math.min(BATCH, left);
    left -= count;
    const ids = Array.from({ length: count }, () => newReservationId('00002a'));
    const users = ids.map((_, index) => `u${index.toString().padStart(8, '0')}`);
    await pool.query(
      `INSERT INTO bare_orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, pay_by, reserved_at)
       SELECT id, $3, '00002a', user_id, 1, 19900, 'EUR', now() + interval '15 min', now()
       FROM unnest($1::uuid[], $2::text[]) AS row (id, user_id) ON CONFLICT DO NOTHING`,
      [ids, users, sale],
    );
  }
}
