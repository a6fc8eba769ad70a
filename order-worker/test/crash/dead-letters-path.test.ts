import { type DeadLetter, deadLetter, Publisher, type StockReserved, send, stockReserved, winnersOf } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { discardDeadLetter, findDeadLetters, replayDeadLetter } from '../../src/index.ts';
import { everyPage } from '../support/platform.ts';
import { type Ground, useGround } from './ground.ts';
import { connectThroughBoundary } from './mortal-clients.ts';

const on = useGround();

/** A dead letter with a win that has neither an order nor a rejection. */
async function deadWin(ground: Ground): Promise<{ win: StockReserved; seq: number }> {
  const [win] = await ground.wins(1);
  if (win === undefined) throw new Error('The buyer did not win.');
  const now = Date.now();
  const letter: DeadLetter = {
    consumer: 'orders',
    stream: 'SECKILL_RESERVATIONS',
    seq: await ground.publish(win),
    subject: stockReserved.subject(win),
    messageId: win.reservationId,
    data: Buffer.from(stockReserved.encode(winnersOf([win]))).toString('base64'),
    reason: 'It has failed for the eighth time.',
    deliveries: 8,
    firstSeenAt: now,
    diedAt: now,
  };
  const { publisher } = ground.context;
  const { seq } = await send(publisher, deadLetter, letter, win.reservationId);
  return { win, seq };
}

/** Lets an operator's command die at the `at`-th of its `steps`. Returns the step it died at. */
async function dieOf(
  ground: Ground,
  steps: readonly string[],
  at: number,
  when: 'before' | 'after',
  command: (parts: Parameters<typeof discardDeadLetter>[0]) => Promise<unknown>,
): Promise<string> {
  const { boundary, clients, dispose } = await connectThroughBoundary(ground, 2);
  boundary.dieAt({ counts: ({ label }) => steps.includes(label), at, when });
  const ended = command({
    ...clients,
    publisher: new Publisher(clients.nc, { ackTimeoutMs: 30_000 }),
    pages: everyPage,
  });
  const how = await Promise.race([boundary.died, ended.then(() => ({ label: 'It lived on.' }))]);
  await dispose(() => ended.catch(() => undefined));
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
