import { readSale } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect, test } from 'vitest';
import { retireSales } from '../../src/stock/retire-sales.ts';
import { itemIdOf, usePlatform } from '../support/platform.ts';

const on = usePlatform();
const DAY_MS = 24 * 60 * 60 * 1000;

test('a past sale leaves Redis, but not while a win waits for JetStream', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const past = await platform.openSale({ payTimeoutSeconds: 1 });
  const recent = await platform.openSale({ payTimeoutSeconds: 1, endsAt: new Date(Date.now() + 2 * DAY_MS).toISOString() });
  const item = itemKeys(itemIdOf(past));
  // On the worker's clock the sale is not past, so its stock guard would put it back.
  await platform.stopWorkers();
  expect(await retireSales(context)).toBe(0);

  const later: typeof context = Object.create(context, { clock: { value: { now: () => Date.now() + 2 * DAY_MS } } });
  await platform.redis.zadd(item.outbox, Date.now() + 60_000, 'a waiting win');
  expect(await retireSales(later)).toBe(0);
  await platform.redis.del(item.outbox);
  expect(await retireSales(later)).toBe(1);

  expect(await readSale(platform.redis, past.saleId)).toBeUndefined();
  expect(await readSale(platform.redis, recent.saleId)).toBeDefined();
  expect(await platform.redis.ttl(item.item)).toBeGreaterThan(0);
});

test('a past sale stays while its backlog is open: a win in the stream, then an order that waits for its payment', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  await platform.stopWorkers();
  const later: typeof context = Object.create(context, { clock: { value: { now: () => Date.now() + 2 * DAY_MS } } });

  const staysAfterRetiring = async () => {
    await retireSales(later);
    return (await readSale(platform.redis, sale.saleId)) !== undefined;
  };
  const [win] = await platform.win(sale, ['late']);
  expect(await staysAfterRetiring()).toBe(true);
  await platform.startWorker();
  await platform.comesToRest();
  await platform.stopWorkers();
  expect(await platform.order(win?.reservationId ?? '')).toMatchObject({ status: 'PENDING_PAYMENT' });
  expect(await staysAfterRetiring()).toBe(true);
  await platform.prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'CANCELLED' } });
  expect(await staysAfterRetiring()).toBe(false);
});
