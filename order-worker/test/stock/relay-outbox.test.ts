import { outboxSize, PublishUnacknowledged, untilDone } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect, test } from 'vitest';
import { relayOutbox } from '../../src/index.ts';
import { eventually, itemIdOf, quiet, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

test('winners whose gateway died before it published get their orders, once, with several workers at it', async () => {
  const { platform } = on;
  const workers = await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 2_500 });
  const wins = await platform.reserve(sale, users(2_500));
  const itemId = itemIdOf(sale);
  // They won four seconds ago.
  const old = wins.flatMap((win) => [win.reservedAt - 4_000, win.reservationId]);
  await platform.redis.zadd(itemKeys(itemId).outbox, 'XX', ...old);

  await Promise.all(workers.map(({ context }) => untilDone('JetStream', quiet, () => relayOutbox(context))));

  expect(await outboxSize(platform.redis, itemId)).toBe(0);
  await eventually(
    async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 2_500,
    'an order each',
  );
  await eventually(async () => (await platform.eventCounts(sale))['created'] === 2_500, 'an event each');
  await platform.expectAuditHolds(sale);
});

test('a win that JetStream did not store stays in the outbox', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const sale = await platform.openSale({ stock: 5 });
  // Their relays would publish the wins.
  await platform.stopWorkers();
  const wins = await platform.reserve(sale, users(5));
  const old = wins.flatMap((win) => [win.reservedAt - 4_000, win.reservationId]);
  await platform.redis.zadd(itemKeys(itemIdOf(sale)).outbox, 'XX', ...old);
  const published: string[] = [];
  context.publisher.publish = (subject) => {
    published.push(subject);
    return Promise.reject(new PublishUnacknowledged(subject, 'JetStream is away'));
  };
  await expect(relayOutbox(context)).rejects.toThrow(PublishUnacknowledged);
  // One message for all of them.
  expect(published).toHaveLength(1);
  expect(await outboxSize(platform.redis, itemIdOf(sale))).toBe(5);
});

test('young wins are left to their gateway', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const sale = await platform.openSale({ stock: 5 });
  const wins = await platform.reserve(sale, users(5));
  // They stay young, however long the machine takes for the next lines.
  const young = wins.flatMap((win) => [win.reservedAt + 6_000, win.reservationId]);
  await platform.redis.zadd(itemKeys(itemIdOf(sale)).outbox, 'XX', ...young);
  expect(await relayOutbox(context)).toBe(0);
  expect(await outboxSize(platform.redis, itemIdOf(sale))).toBe(5);
});
