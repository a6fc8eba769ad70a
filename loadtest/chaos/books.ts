import { Client } from 'pg';
import type { Attempt } from './buyer.ts';

export interface Discrepancy {
  reservationId: string;
  what: string;
  answers: readonly string[];
}

export interface Books {
  orders: Map<string, string>;
  rejections: Set<string>;
}

/** What PostgreSQL has of a sale: the state of each order, and the rejections. */
export async function readBooks(databaseUrl: string, saleId: string): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const orders = await client.query<{ id: string; status: string }>('SELECT id, status::text FROM orders WHERE sale_id = $1', [
      saleId,
    ]);
    const rejections = await client.query<{ id: string }>('SELECT reservation_id AS id FROM rejections WHERE sale_id = $1', [
      saleId,
    ]);
    return {
      orders: new Map(orders.rows.map(({ id, status }) => [id, status])),
      rejections: new Set(rejections.rows.map(({ id }) => id)),
    };
  } finally {
    await client.end();
  }
}

/** Compares every buyer's last answer with the books. A buyer without a final answer may or may not have an order. */
export function compareWithBooks(attempts: readonly Attempt[], books: Books): Discrepancy[] {
  return attempts.flatMap(({ reservationId, lastAnswer, answers }) => {
    const ordered = books.orders.has(reservationId);
    const rejected = books.rejections.has(reservationId);
    if (lastAnswer === 'RESERVED' && !ordered && !rejected) {
      return [{ reservationId, what: 'was answered RESERVED and has neither an order nor a rejection', answers }];
    }
    if (lastAnswer === 'no' && ordered) {
      return [{ reservationId, what: `was refused and has an order (${books.orders.get(reservationId)})`, answers }];
    }
    if (ordered && rejected) return [{ reservationId, what: 'has an order and a rejection', answers }];
    return [];
  });
}
