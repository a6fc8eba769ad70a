import Fastify from 'fastify';
import pg from 'pg';
import { reserveBody, serveBaseline } from './serve.ts';

/** The usual first attempt: one transaction per request, a conditional UPDATE and an INSERT. It never oversells either. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const stock = 1_000_000_000;

await pool.query(`
  CREATE TABLE IF NOT EXISTS naive_items (id int PRIMARY KEY, stock int NOT NULL, sold int NOT NULL CHECK (sold <= stock));
  CREATE TABLE IF NOT EXISTS naive_orders (
    id text PRIMARY KEY, item_id int NOT NULL, status text NOT NULL, pay_by timestamptz NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
  );
  INSERT INTO naive_items VALUES (1, ${stock}, 0) ON CONFLICT DO NOTHING;
`);

const app = Fastify({ keepAliveTimeout: 72_000 });
app.post<{ Body: { purchaseToken: string } }>(
  '/api/reservations',
  {
    schema: {
      body: reserveBody,
    },
  },
  async (request, reply) => {
    const reservationId = request.body.purchaseToken.slice(0, 36);
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const { rowCount } = await client.query('UPDATE naive_items SET sold = sold + 1 WHERE id = 1 AND sold < stock');
      if (rowCount === 1) {
        await client.query(
          `INSERT INTO naive_orders (id, item_id, status, pay_by) VALUES ($1, 1, 'PENDING_PAYMENT', now() + interval '15 min')`,
          [reservationId],
        );
      }
      await client.query('COMMIT');
      if (rowCount === 1) return reply.code(202).send({ reservationId, status: 'RESERVED' });
      return reply.code(409).send({ code: 'SOLD_OUT' });
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  },
);

await serveBaseline(app);
