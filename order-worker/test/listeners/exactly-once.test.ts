import { type OrderEvent, orderEvent, send } from 'seckill-core';
import { expect, test } from 'vitest';
import { LEADER_LOCK } from '../../src/servers/leadership.ts';
import { eventually, type Platform, patientTransaction, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

const counted = async (platform: Platform, saleId: string) =>
  Number((await platform.prisma.saleStatistics.findUnique({ where: { saleId } }))?.created ?? 0);

/** While the row of the position is locked, a listener waits with its first batch. `waiting` returns how many do. */
async function whilePositionIsHeld({ prisma }: Platform, work: (waiting: () => Promise<number>) => Promise<void>): Promise<void> {
  const waiting = async () => {
    const [row] = await prisma.$queryRaw<{ waiting: number }[]>`
      SELECT count(*)::int AS waiting FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%UPDATE listener_positions%'`;
    return row?.waiting ?? 0;
  };
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

test('an event that was stored twice, because its publisher was away for longer than JetStream remembers, counts once', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 5 });
  // By order: an event that is published again is received again, and stored once.
  const events = new Map<string, OrderEvent>();
  platform.listen(orderEvent.subject({ event: 'created', saleId: sale.saleId }), (data) => {
    const event = orderEvent.decode(data);
    events.set(event.orderId, event);
  });
  await platform.win(sale, ['first', 'second']);
  await platform.comesToRest();
  expect(await counted(platform, sale.saleId)).toBe(2);
  const [first, second] = events.values();
  if (first === undefined || second === undefined) throw new Error('Two events were counted.');

  // Events of five minutes ago, stored now, one of them twice.
  const old = { ...first, at: first.at - 300_000 };
  const unknown = { ...second, orderId: second.orderId.replace(/^.{8}/, '00000000'), at: second.at - 300_000 };
  await send(platform.publisher, orderEvent, old, 'again');
  await send(platform.publisher, orderEvent, unknown, 'late');
  await send(platform.publisher, orderEvent, unknown, 'late again');
  await platform.win(sale, ['third']);

  await platform.comesToRest();
  // Including the late one and the third.
  expect(await counted(platform, sale.saleId)).toBe(4);
});

test('a worker that is stopped in the middle of a backlog of events stops at once', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  await platform.stopWorkers();
  const event = (i: number): OrderEvent => ({
    event: 'created',
    orderId: `01890000-0000-7000-8000-${i.toString(16).padStart(12, '0')}`,
    saleId: sale.saleId,
    itemId: '000001',
    userId: 'buyer',
    quantity: 1,
    amountCents: 1,
    currency: 'EUR',
    reservedAt: 1,
    at: Date.now(),
    payBy: 1,
  });
  const events = Array.from({ length: 15_000 }, (_, i) => event(i));
  for (let from = 0; from < events.length; from += 5_000) {
    const portion = events.slice(from, from + 5_000);
    await Promise.all(portion.map((each) => send(platform.publisher, orderEvent, each)));
  }
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
  await eventually(async () => (await counted(platform, sale.saleId)) === 15_000, 'all counted, once');
});
