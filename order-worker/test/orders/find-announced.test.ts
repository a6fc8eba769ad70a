import { randomUUID } from 'node:crypto';
import { advance, beginRebuild, type OrderChange, type StockReserved } from 'seckill-core';
import { expect, test } from 'vitest';
import { findAnnounced } from '../../src/orders/find-announced.ts';
import type { OrderState } from '../../src/orders/order-state.ts';
import { rebuildItem } from '../../src/stock/rebuild-item.ts';
import { eventually, type Platform, quiet, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

/** Three orders whose events are published. The worker runs no more. */
async function threeOrders(platform: Platform): Promise<{ wins: StockReserved[]; orders: OrderState[] }> {
  const worker = await platform.startWorker();
  const sale = await platform.openSale({ stock: 3 });
  const wins = await platform.win(sale, users(3));
  await platform.comesToRest();
  await eventually(async () => (await platform.eventCounts(sale))['created'] === 3, 'three events');
  await worker.stop();
  platform.workers.length = 0;
  const rows = await platform.prisma.order.findMany({ where: { saleId: sale.saleId } });
  const orders = rows.map(({ id, amountCents, reservedAt, payBy, createdAt, reason: _, ...row }) => ({
    ...row,
    orderId: id,
    amountCents: Number(amountCents),
    reservedAt: reservedAt.getTime(),
    payBy: payBy.getTime(),
    createdAt: createdAt.getTime(),
    settledAt: 0,
    refundedAt: 0,
  }));
  return { wins, orders };
}

const announced = async ({ redis }: Platform, event: OrderChange, orders: readonly OrderState[]): Promise<number> =>
  (await findAnnounced(redis, event, orders)).size;

test('a reservation that has moved by an event proves that the event is stored, and proves no other event', async () => {
  const { platform } = on;
  const { wins, orders } = await threeOrders(platform);
  expect(await announced(platform, 'created', orders)).toBe(3);
  expect(await announced(platform, 'paid', orders)).toBe(0);
  const [first] = wins;
  if (first === undefined) throw new Error('Three buyers won.');
  await advance(platform.redis, first.itemId, 'PAID', [{ ...first, payBy: 0 }]);
  expect(await announced(platform, 'paid', orders)).toBe(1);
  // Another worker may have paid it before its creation was announced.
  expect(await announced(platform, 'created', orders)).toBe(2);
});

test('a rebuilt item proves nothing of what happened before', async () => {
  const { platform } = on;
  const { orders } = await threeOrders(platform);
  const itemId = orders[0]?.itemId ?? '';
  await beginRebuild(platform.redis, itemId, randomUUID());
  expect(await announced(platform, 'created', orders)).toBe(0);
  await platform.redis.flushall();
  const { nc, prisma, redis } = platform;
  const worker = await platform.startWorker();
  expect(await rebuildItem({ nc, prisma, redis, log: quiet, metrics: worker.context.metrics }, itemId)).toMatch(/OPENED|KNOWN/);
  await platform.stopWorkers();
  expect(await platform.statusInRedis(orders[0]?.orderId ?? '')).toBe('ORDERED');
  expect(await announced(platform, 'created', orders)).toBe(0);
  const later = orders.map((order) => ({ ...order, createdAt: Date.now() + 120_000 }));
  expect(await announced(platform, 'created', later)).toBe(3);
});
