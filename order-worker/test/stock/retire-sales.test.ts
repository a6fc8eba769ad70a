import { jetstreamManager } from '@nats-io/jetstream';
import { readRoom, readSale, roomEvent, STREAMS } from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect, test } from 'vitest';
import { retireSales } from '../../src/stock/retire-sales.ts';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';
import { RoomGateway } from '../support/room-gateway.ts';

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

test('with a past sale its waiting room leaves Redis and the stream', async () => {
  const { platform } = on;
  const { context } = await platform.startWorker();
  const { saleId } = await platform.openSale({ payTimeoutSeconds: 1, admission: 'queue' });
  await eventually(async () => (await readRoom(platform.redis, saleId)).runId !== undefined, 'the room open');
  await (await RoomGateway.of(platform, saleId)).join(['ann']);
  await platform.stopWorkers();
  const { streams } = await jetstreamManager(platform.nc);
  const subject = roomEvent.subject({ saleId });
  const stored = async () => {
    const { state } = await streams.info(STREAMS.queue.name, { subjects_filter: subject });
    return state.subjects?.[subject] ?? 0;
  };
  expect(await stored()).toBe(2);

  const later: typeof context = Object.create(context, { clock: { value: { now: () => Date.now() + 2 * DAY_MS } } });
  expect(await retireSales(later)).toBeGreaterThan(0);
  expect(await stored()).toBe(0);
  const { room, tickets } = roomKeys(saleId);
  for (const key of [room, tickets]) expect(await platform.redis.ttl(key)).toBeGreaterThan(0);
});
