import { type Correction, correct, findReservations, forgetRiskSamples, newId } from 'seckill-core';
import { eraseFromJobs } from '../jobs/job-queue.ts';
import { eraseFromRisk } from '../risk/erase-user.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { eraseFromServices } from '../services/erase-user.ts';

export interface Erased {
  /** Stands for the user from now on. It says nothing about them, and nothing leads back. */
  pseudonym: string;
  orders: number;
  rejections: number;
}

/** The user has orders that wait for their payment; they go first. */
export class OrdersStillOpen extends Error {
  override readonly name = 'OrdersStillOpen';
}

const ERASE_WITHIN_MS = 120_000;

/**
 * Puts a pseudonym in the place of a user id: in their orders and rejections, and in the reservations that Redis still has. Deletes their ids at
 * payment providers, and the
 * jobs whose results name the user, and what operators wrote about refunds of their orders. Units, money and counts stay as they are, so the audit holds. The orders stay locked until both sides
 * agree; after a crash in between, a second call erases the rest. Throws {@link OrdersStillOpen}.
 */
export async function eraseUser({ prisma, redis }: Pick<WorkerContext, 'prisma' | 'redis'>, userId: string): Promise<Erased> {
  const pseudonym = `erased-${newId()}`;
  const erased = await prisma.$transaction(
    async (tx) => {
      const orders = await tx.$queryRaw<{ id: string; itemId: string; status: string }[]>`
        SELECT id::text, item_id::text AS "itemId", status::text FROM orders WHERE user_id = ${userId} ORDER BY id FOR UPDATE`;
      const open = orders.filter(({ status }) => status === 'PENDING_PAYMENT');
      if (open.length > 0) {
        const first = open[0]?.id;
        throw new OrdersStillOpen(
          `${open.length} orders of this user wait for their payment; the first is ${first}. Cancel them.`,
        );
      }
      const rejections = await tx.$queryRaw<{ id: string; itemId: string }[]>`
        SELECT reservation_id::text AS id, item_id::text AS "itemId" FROM rejections WHERE user_id = ${userId} FOR UPDATE`;
      const ids = new Map<string, string[]>();
      for (const { id, itemId } of [...orders, ...rejections]) ids.set(itemId, [...(ids.get(itemId) ?? []), id]);
      for (const [itemId, ofItem] of ids) await eraseInRedis(redis, itemId, ofItem, pseudonym);
      await tx.$executeRaw`
        UPDATE refunds SET note = NULL, settled_note = NULL
        WHERE (note, settled_note) IS DISTINCT FROM (NULL, NULL) AND order_id IN (SELECT id FROM orders WHERE user_id = ${userId})`;
      await tx.$executeRaw`UPDATE orders SET user_id = ${pseudonym} WHERE user_id = ${userId}`;
      await tx.$executeRaw`UPDATE order_search SET user_id = ${pseudonym} WHERE user_id = ${userId}`;
      await tx.$executeRaw`
        UPDATE payments SET payer = NULL, payer_id = NULL
        WHERE order_id = ANY (${orders.map(({ id }) => id)}::uuid[]) AND (payer, payer_id) IS DISTINCT FROM (NULL, NULL)`;
      await tx.$executeRaw`UPDATE rejections SET user_id = ${pseudonym} WHERE user_id = ${userId}`;
      await eraseFromServices(tx, userId, pseudonym);
      await eraseFromRisk(tx, userId, pseudonym);
      await tx.$executeRaw`DELETE FROM contacts WHERE user_id = ${userId}`;
      await tx.$executeRaw`DELETE FROM sms_messages WHERE user_id = ${userId}`;
      // What listeners have done, and the events that they did it for. Of an order that has ended, nothing important is left to do.
      const subjects = [...orders, ...rejections].map(({ id }) => id);
      await tx.$executeRaw`DELETE FROM listener_tasks WHERE subject = ANY (${subjects}::uuid[])`;
      return { pseudonym, orders: orders.length, rejections: rejections.length };
    },
    { maxWait: 10_000, timeout: ERASE_WITHIN_MS },
  );
  // After the commit: a job that begins now reads the pseudonym only.
  await eraseFromJobs(prisma, userId);
  await forgetRiskSamples(redis);
  return erased;
}

async function eraseInRedis(
  redis: WorkerContext['redis'],
  itemId: string,
  ids: readonly string[],
  pseudonym: string,
): Promise<void> {
  const records = await findReservations(redis, itemId, ids);
  const corrections = Array.from(records, ([reservationId, seen]): Correction => {
    return { reservationId, seen, wanted: { ...seen, userId: pseudonym } };
  });
  const { reservationIds } = await correct(redis, itemId, corrections);
  // A move that came between the two changed the record; the whole call may be repeated.
  if (reservationIds.length < corrections.length)
    throw new Error('A reservation of the user moved at the same moment. Try again.');
}
