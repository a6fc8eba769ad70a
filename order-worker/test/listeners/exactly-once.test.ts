import { type AdminSale, type OrderEvent, orderEvent, PublishUnacknowledged, sendOrderEvents } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { LEADER_LOCK } from '../../src/servers/leadership.ts';
import { eventually, type Platform, patientTransaction, usePlatform, users } from '../support/platform.ts';
import { waitingForLocks } from '../support/waiting-for-locks.ts';

const on = usePlatform();

const counted = async (platform: Platform, saleId: string) =>
  Number((await platform.prisma.saleStatistics.findUnique({ where: { saleId } }))?.created ?? 0);

/** While the row of the position is locked, a listener waits with its first batch. `waiting` returns how many do. */
async function whilePositionIsHeld({ prisma }: Platform, work: (waiting: () => Promise<number>) => Promise<void>): Promise<void> {
  const waiting = () => waitingForLocks(prisma, 'UPDATE listener_positions');
  await prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 AS held FROM listener_positions WHERE listener = 'statistics' FOR UPDATE`;
    await work(waiting);
  }, patientTransaction);
}

/** Ends the sessions that hold a leader's lock; another worker takes over. */
const endLeaders = ({ prisma }: Platform) =>
  prisma.$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND classid = ${LEADER_LOCK}::int::oid AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

test('every event counts once, whichever worker listens, stops or starts', async () => {
  const { platform } = on;
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 1_000 });
  const all = users(1_000);
  for (let from = 0; from < 1_000; from += 100) {
    await platform.win(sale, all.slice(from, from + 100));
    // One worker stops and another starts, in the middle of the events.
    const [goes] = platform.workers.splice(0, 1);
    await Promise.all([goes?.stop(), platform.startWorker()]);
  }
  await eventually(async () => (await counted(platform, sale.saleId)) === 1_000, 'a thousand counted');
  await platform.expectAuditHolds(sale);
});

test('two workers that both believe that they lead count each event once', async () => {
  const { platform } = on;
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 10 });
  await whilePositionIsHeld(platform, async (waiting) => {
    await platform.win(sale, users(10));
    let endedAt = 0;
    await eventually(async () => {
      const count = await waiting();
      // The leader loses its session while it waits, and does not learn of it before its batch is through. A wait for a lock ends after 3 s.
      if (count === 1 && performance.now() - endedAt > 4_000) {
        endedAt = performance.now();
        await endLeaders(platform);
      }
      return count === 2;
    }, 'both wait with the same batch');
  });
  await platform.comesToRest();
  expect(await counted(platform, sale.saleId)).toBe(10);
  await platform.expectAuditHolds(sale);
});

test('a message that is not an order event is skipped', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  await platform.publisher.publish(orderEvent.subject({ event: 'created', saleId: sale.saleId }), 'nonsense', 'nonsense');
  await platform.win(sale, ['after']);
  await eventually(async () => (await counted(platform, sale.saleId)) === 1, 'the event after it');
});

/** Events of orders that PostgreSQL does not know: no listener restores them, because the sale has no such item. */
const eventsOf = ({ saleId }: AdminSale, orders: readonly number[], at = Date.now()): OrderEvent[] =>
  orders.map((order) => ({
    event: 'created',
    orderId: `${saleId.slice(-8)}-0000-7000-8000-${order.toString(16).padStart(12, '0')}`,
    saleId,
    itemId: '000001',
    userId: 'buyer',
    quantity: 1,
    amountCents: 1,
    currency: 'EUR',
    reservedAt: 1,
    at,
    payBy: 1,
    version: 0,
  }));

/** Stores events that another worker may have stored too. */
const repeat = ({ publisher }: Platform, events: readonly OrderEvent[]) => sendOrderEvents(publisher, events, { repeat: true });

/** Waits until the statistics have read every message. */
async function expectCounted(platform: Platform, { saleId }: AdminSale, count: number): Promise<void> {
  await platform.comesToRest();
  expect(await counted(platform, saleId)).toBe(count);
}

const MINUTES_AGO = 300_000;

describe('an event that the stream holds twice counts once', () => {
  test('if a redelivered batch is composed differently, and redelivered again', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale();
    await sendOrderEvents(platform.publisher, eventsOf(sale, [1, 2, 3]));
    await repeat(platform, eventsOf(sale, [2, 3, 4]));
    await repeat(platform, eventsOf(sale, [4, 5]));
    await repeat(platform, eventsOf(sale, [1]));
    await sendOrderEvents(platform.publisher, eventsOf(sale, [6]));
    await expectCounted(platform, sale, 6);
  });

  test('if the message of a frozen worker comes after its repeat, while the listener runs and after it was restarted', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale();
    await repeat(platform, eventsOf(sale, [1, 2, 3]));
    await sendOrderEvents(platform.publisher, eventsOf(sale, [1, 4]));
    await expectCounted(platform, sale, 4);
    await platform.stopWorkers();
    await platform.startWorker();
    await sendOrderEvents(platform.publisher, eventsOf(sale, [2, 5]));
    await expectCounted(platform, sale, 5);
    await platform.stopWorkers();
    await sendOrderEvents(platform.publisher, eventsOf(sale, [3, 6]));
    await platform.startWorker();
    await expectCounted(platform, sale, 6);
  });

  test('if it comes minutes later, whichever of the two is marked as a repeat', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale();
    const past = Date.now() - MINUTES_AGO;
    await repeat(platform, eventsOf(sale, [1, 2], past));
    await sendOrderEvents(platform.publisher, eventsOf(sale, [2, 3], past));
    await repeat(platform, eventsOf(sale, [3, 4], past));
    await sendOrderEvents(platform.publisher, eventsOf(sale, [5], past));
    // Neither is marked: an earlier version left these to JetStream, which had forgotten the first.
    await sendOrderEvents(platform.publisher, eventsOf(sale, [5, 6], past));
    await expectCounted(platform, sale, 6);
  });

  test('if an earlier version has stored it', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale();
    for (const { version: _, ...event } of eventsOf(sale, [1, 2]))
      await platform.publisher.publish(orderEvent.subject(event), JSON.stringify(event), orderEvent.id(event));
    await repeat(platform, eventsOf(sale, [2, 3]));
    await expectCounted(platform, sale, 3);
  });

  test('if a worker that is only slow publishes after another one has finished its batch', async () => {
    const { platform } = on;
    const worker = await platform.startWorker();
    const sale = await platform.openSale({ stock: 3 });
    const created = orderEvent.subject({ event: 'created', saleId: sale.saleId });
    const slow: Parameters<typeof platform.publisher.publish>[] = [];
    worker.context.publisher.publish = (...message) => {
      if (message[0] !== created) return platform.publisher.publish(...message);
      slow.push(message);
      return Promise.reject(new PublishUnacknowledged(created, 'the worker is frozen'));
    };
    await platform.win(sale, users(3));
    await eventually(() => slow.length > 0, 'orders whose events are not published');
    await platform.stopWorkers();
    await platform.startWorker();
    await expectCounted(platform, sale, 3);
    // Only what the transactions made themselves: the tries after them are marked. With other ids, as if the repeat were composed differently.
    for (const [subject, data, id, headers] of slow) {
      if (headers?.['Seckill-Repeat'] === undefined) await platform.publisher.publish(subject, data, `slow ${id}`, headers);
    }
    await expectCounted(platform, sale, 3);
    expect(await platform.eventCounts(sale)).toEqual({ created: 3 });
    await platform.expectAuditHolds(sale);
  });
});

test('a worker that is stopped in the middle of a backlog of events stops at once', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  await platform.stopWorkers();
  const orders = Array.from({ length: 5_000 }, (_, i) => i);
  await sendOrderEvents(platform.publisher, eventsOf(sale, orders));
  let asked = 0;
  let stopped: Promise<void> = Promise.resolve();
  await whilePositionIsHeld(platform, async (waiting) => {
    await platform.startWorker();
    await eventually(async () => (await waiting()) === 1, 'the first batch in PostgreSQL');
    asked = performance.now();
    stopped = platform.stopWorkers();
  });
  await stopped;
  // An orchestrator kills a worker after that time.
  expect(performance.now() - asked).toBeLessThan(10_000);
  // At most the batch that was in PostgreSQL was counted.
  expect(await counted(platform, sale.saleId)).toBeLessThanOrEqual(1_000);
  await platform.startWorker();
  await eventually(async () => (await counted(platform, sale.saleId)) === 5_000, 'all are counted, once');
});
