import { ProcessBoundary } from 'dev';
import { connectNats, type DeadLetter, deadLetter, Publisher, type StockReserved, send, stockReserved } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { describe, expect, test } from 'vitest';
import { connectRedis, discardDeadLetter, findDeadLetters, replayDeadLetter } from '../../src/index.ts';
import { DatabaseClock } from '../../src/servers/database-clock.ts';
import { type Ground, quiet, useGround } from './ground.ts';

const on = useGround();

/** A dead letter of a winner who has neither an order nor a rejection. */
async function deadWin(ground: Ground): Promise<{ win: StockReserved; seq: number }> {
  const [win] = await ground.wins(1);
  if (win === undefined) throw new Error('Nobody has won.');
  const now = Date.now();
  const letter: DeadLetter = {
    consumer: 'orders',
    stream: 'SECKILL_RESERVATIONS',
    seq: await ground.publish(win),
    subject: stockReserved.subject(win),
    messageId: win.reservationId,
    data: Buffer.from(stockReserved.encode(win)).toString('base64'),
    reason: 'It has failed for the eighth time.',
    deliveries: 8,
    firstSeenAt: now,
    diedAt: now,
  };
  const { publisher } = ground.context;
  const { seq } = await send(publisher, deadLetter, letter, win.reservationId);
  return { win, seq };
}

/** Lets an operator's command die at its k-th request of those that `steps` name. Answers what it died of. */
async function dieOf(
  { servers }: Ground,
  steps: readonly string[],
  at: number,
  when: 'before' | 'after',
  command: (parts: Parameters<typeof discardDeadLetter>[0]) => Promise<unknown>,
): Promise<string> {
  const boundary = await ProcessBoundary.around(servers);
  const { redisUrl, natsUrl, databaseUrl } = boundary.urls;
  const nc = await connectNats(natsUrl, 'mortal');
  const redis = connectRedis(redisUrl, quiet);
  const prisma = createPrisma({ databaseUrl, max: 2 });
  boundary.dieAt({ counts: ({ label }) => steps.includes(label), at, when });
  const ended = command({
    nc,
    redis,
    prisma,
    publisher: new Publisher(nc, { ackTimeoutMs: 30_000 }),
    clock: new DatabaseClock(prisma),
  });
  const how = await Promise.race([boundary.died, ended.then(() => ({ label: 'It lived on.' }))]);
  redis.disconnect();
  await nc.close();
  await ended.catch(() => undefined);
  await prisma.$disconnect();
  await boundary.close();
  return how.label;
}

const untilItIsGone = (error: { code?: string }) => {
  if (error.code !== 'NOT_FOUND') throw error;
};

describe('a dead letter is discarded', () => {
  const steps = [
    'postgres lock-items',
    'postgres reject-reservation',
    'postgres commit reject-reservation',
    'nats order.rejected',
    'redis release',
    'nats broadcast.restocked',
    'nats user',
    'nats api STREAM.MSG.DELETE',
  ];
  for (const [i, step] of steps.entries()) {
    for (const when of ['before', 'after'] as const) {
      test(`the command dies ${when} step ${i + 1}, ${step}, and is given again`, async () => {
        const { ground } = on;
        const { win, seq } = await deadWin(ground);
        expect(await dieOf(ground, steps, i + 1, when, (parts) => discardDeadLetter(parts, seq))).toBe(step);
        await discardDeadLetter(ground.context, seq).catch(untilItIsGone);
        expect(await ground.books(win.saleId, win.reservationId)).toMatchObject({
          order: 'REJECTED',
          reservation: 'REJECTED',
          sold: 0,
          live: 0,
          heldByBuyers: 0,
          events: { rejected: 1 },
        });
        expect(await findDeadLetters(ground.nc)).toEqual([]);
      });
    }
  }
});

describe('a dead letter is replayed', () => {
  const steps = ['nats reserved', 'nats reserved', 'nats api STREAM.MSG.DELETE'];
  for (const [i, step] of steps.entries()) {
    for (const when of ['before', 'after'] as const) {
      test(`the command dies ${when} step ${i + 1}, ${step}, and is given again`, async () => {
        const { ground } = on;
        const { win, seq } = await deadWin(ground);
        expect(await dieOf(ground, steps, i + 1, when, (parts) => replayDeadLetter(parts, seq))).toBe(step);
        await replayDeadLetter(ground.context, seq).catch(untilItIsGone);
        expect(await findDeadLetters(ground.nc)).toEqual([]);
        const worker = await ground.startWorker();
        await expect
          .poll(() => ground.books(win.saleId, win.reservationId))
          .toMatchObject({ order: 'PENDING_PAYMENT', reservation: 'ORDERED', sold: 1, live: 1, events: { created: 1 } });
        await ground.comesToRest();
        expect(await ground.events(win.saleId, win.reservationId)).toEqual({ created: 1 });
        await worker.stop();
      });
    }
  }
});
