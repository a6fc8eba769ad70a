import { Client } from 'pg';
import { type Attempt, NO_ANSWER } from './buyer.ts';

export interface Discrepancy {
  reservationId: string;
  what: string;
  answers: readonly string[];
}

export interface Books {
  /** Times in ms. */
  orders: Map<string, { status: string; payBy: number; reservedAt: number }>;
  rejections: Set<string>;
}

/** What PostgreSQL has of a sale: its orders and its rejections. */
export async function readBooks(databaseUrl: string, saleId: string): Promise<Books> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const orders = await client.query<{ id: string; status: string; payBy: number; reservedAt: number }>(
      `SELECT id, status::text, date_part('epoch', pay_by) * 1000 AS "payBy", date_part('epoch', reserved_at) * 1000 AS "reservedAt"
      FROM orders WHERE sale_id = $1`,
      [saleId],
    );
    const rejections = await client.query<{ id: string }>('SELECT reservation_id AS id FROM rejections WHERE sale_id = $1', [
      saleId,
    ]);
    return {
      orders: new Map(orders.rows.map(({ id, ...order }) => [id, order])),
      rejections: new Set(rejections.rows.map(({ id }) => id)),
    };
  } finally {
    await client.end();
  }
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Compares every buyer's last answer with the books. A buyer without a final answer may or may not have an order. `turnedBack`: paid orders that were
 * refunded because the warehouse refused them.
 */
export function compareWithBooks(attempts: readonly Attempt[], books: Books, turnedBack = NONE): Discrepancy[] {
  return attempts.flatMap((attempt) => {
    const { reservationId, lastAnswer, answers } = attempt;
    const ordered = books.orders.has(reservationId);
    const rejected = books.rejections.has(reservationId);
    if (lastAnswer === 'RESERVED' && !ordered && !rejected) {
      return [{ reservationId, what: 'was answered RESERVED and has neither an order nor a rejection', answers }];
    }
    if (lastAnswer === 'no' && ordered && !wonLater(attempt, books)) {
      return [{ reservationId, what: `was refused and has an order (${books.orders.get(reservationId)?.status})`, answers }];
    }
    if (hasLostUnit(attempt, books, turnedBack)) {
      return [{ reservationId, what: `was paid before its payBy and is ${books.orders.get(reservationId)?.status}`, answers }];
    }
    if (ordered && rejected) return [{ reservationId, what: 'has an order and a rejection', answers }];
    return [];
  });
}

/** A gateway that stood still serves its requests when it goes on: one without an answer may win a returned unit after another was refused. */
function wonLater({ reservationId, askedAt, answers }: Attempt, { orders }: Books): boolean {
  return answers.includes(NO_ANSWER) && (orders.get(reservationId)?.reservedAt ?? 0) >= askedAt;
}

/** Whether the buyer had paid in time and does not have the unit. */
export function hasLostUnit(attempt: Attempt, books: Books, turnedBack: ReadonlySet<string>): boolean {
  const { reservationId } = attempt;
  if (!hasPaidInTime(attempt, books)) return false;
  return books.orders.get(reservationId)?.status !== 'PAID' && !turnedBack.has(reservationId);
}

/** Whether the provider's page said before `payBy` that the buyer had paid. */
export function hasPaidInTime({ reservationId, paidAt }: Attempt, { orders }: Books): boolean {
  const { payBy = 0 } = orders.get(reservationId) ?? {};
  return paidAt !== undefined && paidAt < payBy;
}

/** Returns what the workers have yet to do with the money of a sale, in words; nothing if it is all done. */
export async function readUnsettledMoney(databaseUrl: string, saleId: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ closing: number; refunds: number }>(
      `SELECT (SELECT count(*) FROM closing_orders c JOIN orders o ON o.id = c.order_id WHERE o.sale_id = $1)::int AS closing,
        (SELECT count(*) FROM refunds r JOIN orders o ON o.id = r.order_id WHERE o.sale_id = $1 AND r.state IN ('DECIDED', 'SENT', 'PENDING'))::int AS refunds`,
      [saleId],
    );
    const { closing = 0, refunds = 0 } = rows[0] ?? {};
    if (closing > 0) return `${closing} orders whose checkouts are to be closed`;
    return refunds > 0 ? `${refunds} refunds that have not ended` : '';
  } finally {
    await client.end();
  }
}
