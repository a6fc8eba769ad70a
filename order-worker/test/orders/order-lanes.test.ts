import { AckPolicy, jetstreamManager } from '@nats-io/jetstream';
import {
  clearOutbox,
  decodeOrderEvents,
  orderEvent,
  STREAMS,
  type StockReserved,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { readDeadWinners } from '../../src/audit/checks/reservations/dead-winners.ts';
import { readQueues } from '../../src/reports/queues.ts';
import { readWaitingReservations } from '../../src/stock/waiting-reservations.ts';
import { unfinished } from '../support/at-rest.ts';
import { eventually, itemIdOf, patientTransaction, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
const stream = STREAMS.reservations.name;

/** Publishes wins with priority, as a gateway does. */
const storeFirst = (wins: readonly StockReserved[]) => storeIn(wins, { priority: true });

async function storeIn(wins: readonly StockReserved[], lane: { priority?: true; hot?: true }): Promise<void> {
  await Promise.all(wins.map((win) => send(on.platform.publisher, stockReserved, { ...winnersOf([win]), ...lane })));
  for (const { itemId, reservationId } of wins) await clearOutbox(on.platform.redis, itemId, [reservationId]);
}

/** Lets both lanes read messages before the first batch of the sale ends. */
async function startWhileBothWait(
  sale: { saleId: string; items: { itemId: string }[] },
  lanes: readonly string[],
): Promise<void> {
  const { platform } = on;
  const itemIds = sale.items.map(({ itemId }) => itemId);
  await platform.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM items WHERE id = ANY(${itemIds}) ORDER BY id FOR UPDATE`;
    await platform.startWorker({ orders: { batchSize: 10, concurrency: 1, priorityWeight: 4 } });
    const { consumers } = await jetstreamManager(platform.nc);
    const hasRead = async (consumer: string) => (await consumers.info(stream, consumer)).num_ack_pending > 0;
    await eventually(async () => (await Promise.all(lanes.map(hasRead))).every(Boolean), 'both lanes hold messages');
  }, patientTransaction);
}

/** Collects the buyers of a sale in the order in which their orders are announced. */
function buyersOf({ saleId }: { saleId: string }): string[] {
  const buyers: string[] = [];
  on.platform.listen(orderEvent.subject({ event: 'created', saleId }), (data) =>
    buyers.push(...decodeOrderEvents(data).events.map(({ userId }) => userId)),
  );
  return buyers;
}

describe('winners with priority', () => {
  test('get their orders before winners who came earlier, while those still get a share', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 500 });
    await platform.stopWorkers();
    const earlier = await platform.reserve(sale, users(400, 'earlier'));
    const first = await platform.reserve(sale, users(100, 'first'));
    await platform.publish(earlier);
    await storeFirst(first);

    const buyers = buyersOf(sale);
    await startWhileBothWait(sale, ['orders', 'orders-priority']);
    await platform.comesToRest();
    await eventually(() => buyers.length >= 500, 'the events of 500 orders');

    const upToLast = buyers.slice(0, buyers.findLastIndex((userId) => userId.startsWith('first')) + 1);
    const earlierBefore = upToLast.filter((userId) => userId.startsWith('earlier')).length;
    expect(buyers).toHaveLength(500);
    expect(earlierBefore).toBeGreaterThanOrEqual(10);
    // A quarter of 100, and the batches at both ends.
    expect(earlierBefore).toBeLessThanOrEqual(50);
    await platform.expectAuditHolds(sale);
  });

  test('count as waiting until they have an order: a rebuild finds those of both lanes', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 10 });
    await platform.comesToRest();
    await platform.stopWorkers();
    const wins = await platform.reserve(sale, users(6));
    await platform.publish(wins.slice(0, 3));
    await storeFirst(wins.slice(3));
    const waiting = () => readWaitingReservations(platform.nc, sale.saleId, itemIdOf(sale));
    expect((await waiting()).map(({ userId }) => userId).sort()).toEqual(users(6));
    expect(await unfinished(platform.nc)).toEqual([6, 0]);

    await platform.redis.flushdb();
    await platform.startWorker();
    await platform.comesToRest();
    expect(await waiting()).toEqual([]);
    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(6);
    await platform.expectAuditHolds(sale);
  });

  test('whose message is bad are found among the dead letters', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale();
    const win = { ...platform.forged(sale, 'ann'), saleId: '0192f3a0-7e4c-7bd1-8f5e-2b1c9400002a' };
    await storeFirst([win]);
    await eventually(async () => (await readDeadWinners(platform.nc)).has(win.reservationId), 'a dead letter');
  });
});

test('winners of a quiet item get their orders before those of a hot item who came earlier', async () => {
  const { platform } = on;
  await platform.startWorker();
  const [hot, quiet] = [await platform.openSale({ stock: 500 }), await platform.openSale({ stock: 500 })];
  await platform.stopWorkers();
  const earlier = await platform.reserve(hot, users(400, 'hot'));
  const later = await platform.reserve(quiet, users(100, 'quiet'));
  await storeIn(earlier, { hot: true });
  await platform.publish(later);

  const [hotBuyers, quietBuyers] = [buyersOf(hot), buyersOf(quiet)];
  let hotBefore = 0;
  platform.listen(orderEvent.subject({ event: 'created', saleId: quiet.saleId }), () => {
    hotBefore = hotBuyers.length;
  });
  await startWhileBothWait({ saleId: '', items: [...hot.items, ...quiet.items] }, ['orders', 'orders-hot']);
  await platform.comesToRest();
  await eventually(() => hotBuyers.length + quietBuyers.length >= 500, 'the events of 500 orders');
  // A quarter of 100, and the batches at both ends.
  expect(hotBefore).toBeLessThanOrEqual(50);
  expect([hotBuyers.length, quietBuyers.length]).toEqual([400, 100]);
  await platform.expectAuditHolds(hot);
  await platform.expectAuditHolds(quiet);
});

test('the age of a lane is that of the oldest message of the lane', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 10 });
  await platform.comesToRest();
  await platform.stopWorkers();
  const [earlier, later] = await platform.reserve(sale, users(2));
  await platform.store(earlier === undefined ? [] : [earlier]);
  const storedAt = Date.now();
  await eventually(() => Date.now() > storedAt + 300, 'a time between the two messages');
  const before = Date.now();
  await storeFirst(later === undefined ? [] : [later]);
  const queues = await readQueues(platform.nc);
  const ages = Object.fromEntries(queues.map(({ consumer, behindMs }) => [consumer, behindMs]));
  expect(ages['orders-priority']).toBeLessThanOrEqual(Date.now() - before);
  expect(ages['orders']).toBeGreaterThanOrEqual(300);
  await platform.startWorker();
  await platform.comesToRest();
});

test('the consumer of an earlier version, which reads both lanes, continues where it was', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 10 });
  await platform.stopWorkers();
  const { consumers } = await jetstreamManager(platform.nc);
  await consumers.delete(stream, 'orders');
  const config = { durable_name: 'orders', ack_policy: AckPolicy.Explicit, ack_wait: 5_000_000_000, max_ack_pending: 20_000 };
  await consumers.add(stream, config);
  const wins = await platform.win(sale, users(6));
  await storeFirst(wins.slice(0, 2));

  await platform.startWorker();
  await platform.comesToRest();
  expect((await consumers.info(stream, 'orders')).config).toMatchObject({ filter_subject: stockReserved.subjects });
  expect(await platform.eventCounts(sale)).toEqual({ created: 6 });
  await platform.expectAuditHolds(sale);
});
