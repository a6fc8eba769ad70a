import { createHash } from 'node:crypto';
import { calls, DEADLINE_SLICES, listen, readItemState, readSale, saleChanged } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { readQueues } from '../../src/reports/queues.ts';
import { watchQueues } from '../../src/reports/watch-queues.ts';
import { contextOf } from '../audit/books.ts';
import { eventually, itemIdOf, type Platform, patientTransaction, usePlatform } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const command = (saleId: string, name: 'publish' | 'pause' | 'resume' | 'close') =>
  platform.call(calls.commandSale, { saleId, command: name });
const iso = (fromNowMs: number) => new Date(Date.now() + fromNowMs).toISOString();

describe('a new sale', () => {
  test('is a draft that no gateway sees', async () => {
    const sale = await platform.createSale();
    expect(sale).toMatchObject({ status: 'DRAFT', state: 'DRAFT', version: 0 });
    expect(await platform.call(calls.getSale, { saleId: sale.saleId })).toEqual(sale);
    expect(await readSale(platform.redis, sale.saleId)).toBeUndefined();
  });

  test('that makes no sense is refused, with the reason', async () => {
    await expect(platform.createSale({ startsAt: iso(2_000), endsAt: iso(1_000) })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('endsAt must be after startsAt'),
    });
  });

  test('in an unknown currency is refused, and the answer names the item', async () => {
    const item = { title: 'An item', priceCents: 1_000, stock: 1 };
    for (const currency of ['ABC', 'XAU', 'DEM']) {
      const items = [
        { ...item, currency: 'JPY' },
        { ...item, currency },
      ];
      await expect(platform.createSale({ items })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        message: expect.stringContaining(`items.1.currency is "${currency}"`),
      });
    }
  });

  test('offers payment providers that are configured, and no others', async () => {
    const { saleId } = await platform.openSale({ paymentProviders: ['http'] });
    expect(await readSale(platform.redis, saleId)).toMatchObject({ paymentProviders: ['http'] });
    await expect(platform.createSale({ paymentProviders: ['http', 'cash'] })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining('paymentProviders.1 is "cash"'),
    });
  });

  test('has no waiting room unless it is asked for', async () => {
    const sale = await platform.createSale();
    expect(sale).toMatchObject({ admission: 'open' });
    expect(sale.waitingRoom).toBeUndefined();
  });

  test('with a queue has a room with defaults, and the hash of a seed that no view shows', async () => {
    const { saleId, waitingRoom, startsAt } = await platform.openSale({ admission: 'queue', waitingRoom: { claimSeconds: 20 } });
    expect(waitingRoom).toMatchObject({ claimSeconds: 20, staleSeconds: 20, missedTurn: 'end', priorityWeight: 3 });
    expect(waitingRoom?.entriesUntil).toBe(startsAt);
    const { drawSeed } = await platform.prisma.sale.findUniqueOrThrow({ where: { id: saleId } });
    expect(waitingRoom?.seedHash).toBe(
      createHash('sha256')
        .update(drawSeed ?? '')
        .digest('hex'),
    );
    const known = await readSale(platform.redis, saleId);
    expect(known).toMatchObject({ admission: 'queue', waitingRoom: { entriesUntil: Date.parse(startsAt) } });
    expect(JSON.stringify(known)).not.toContain(drawSeed);
  });

  test.each([
    [{ waitingRoom: {} }, 'waitingRoom is given'],
    [{ admission: 'queue', waitingRoom: { entriesUntil: iso(0) } }, 'entriesUntil is for a draw'],
    [{ admission: 'draw', waitingRoom: { entriesUntil: iso(500_000_000) } }, 'must not be after startsAt'],
    [{ admission: 'queue', waitingRoom: { claimSeconds: 5, staleSeconds: 6 } }, 'must not be more than claimSeconds'],
  ] as const)('with a waiting room that makes no sense is refused, with the reason: %o', async (settings, reason) => {
    await expect(platform.createSale(settings)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
      message: expect.stringContaining(reason),
    });
  });

  test('may be over already, and its items may have different currencies', async () => {
    expect(await platform.createSale({ startsAt: iso(-2_000), endsAt: iso(-1_000) })).toMatchObject({ status: 'DRAFT' });
    const item = { title: 'An item', priceCents: 1_000, stock: 1 };
    const twoCurrencies = [
      { ...item, currency: 'EUR' },
      { ...item, currency: 'USD' },
    ];
    const { items } = await platform.createSale({ items: twoCurrencies });
    expect(items.map(({ currency }) => currency)).toEqual(['EUR', 'USD']);
  });
});

describe('the life of a sale', () => {
  test('each command reaches Redis and every gateway, and may be repeated', async () => {
    const changes: number[] = [];
    listen(platform.nc, saleChanged, ({ version }) => changes.push(version));
    const { saleId, items } = await platform.createSale();
    const itemId = items[0]?.itemId ?? '';
    const stateInRedis = () => readItemState(platform.redis, itemId).then(({ state }) => state);
    for (const [name, status, state, version] of [
      ['publish', 'PUBLISHED', 'OPEN', 1],
      ['pause', 'PAUSED', 'PAUSED', 2],
      ['resume', 'PUBLISHED', 'OPEN', 3],
      ['close', 'CLOSED', 'CLOSED', 4],
    ] as const) {
      expect(await command(saleId, name)).toMatchObject({ status, version });
      expect(await command(saleId, name)).toMatchObject({ status, version });
      expect(await stateInRedis()).toBe(state);
      expect(await readSale(platform.redis, saleId)).toMatchObject({ status, version });
      await eventually(() => changes.includes(version), 'the broadcast');
    }
  });

  test('commands that do not fit its state are refused', async () => {
    const { saleId } = await platform.createSale();
    for (const name of ['pause', 'resume', 'close'] as const) {
      await expect(command(saleId, name)).rejects.toMatchObject({ code: 'WRONG_SALE_STATE' });
    }
    await command(saleId, 'publish');
    await command(saleId, 'close');
    await expect(command(saleId, 'publish')).rejects.toMatchObject({ code: 'WRONG_SALE_STATE' });
    await expect(command('01890000-0000-7000-8000-000000000000', 'publish')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('publishing at the same moment from two consoles opens it once', async () => {
    const { saleId } = await platform.createSale();
    const answers = await Promise.all([1, 2, 3].map(() => command(saleId, 'publish')));
    expect(answers.map((answer) => answer.version)).toEqual([1, 1, 1]);
  });
});

test('a sale of 100 items with long titles is published, although its row is locked for longer than Prisma would wait', async () => {
  const items = Array.from({ length: 100 }, () => ({ title: '长'.repeat(200), priceCents: 1, currency: 'EUR', stock: 3 }));
  const { saleId } = await platform.createSale({ items });
  let locked = () => {};
  const lock = new Promise<void>((resolve) => {
    locked = resolve;
  });
  const holding = platform.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM sales WHERE id = ${saleId}::uuid FOR UPDATE`;
    locked();
    // Prisma ends a transaction after 5 s, by default.
    await tx.$queryRaw`SELECT pg_sleep(5.5) IS NULL AS slept`;
  }, patientTransaction);
  await lock;
  const sale = await platform.call(calls.commandSale, { saleId, command: 'publish' });
  await holding;
  expect(sale.status).toBe('PUBLISHED');
  const isOpen = async () =>
    (await Promise.all(sale.items.map((_, item) => platform.left(sale, item)))).every((left) => left === 3);
  await eventually(isOpen, 'all items open', 4 * 30_000);
});

test('sales of 100 items with long titles are listed page by page, each small enough for one message', async () => {
  const items = Array.from({ length: 100 }, () => ({ title: '长'.repeat(200), priceCents: 1, currency: 'EUR', stock: 1 }));
  const drafts: string[] = [];
  for (let i = 0; i < 20; i += 1) drafts.push((await platform.createSale({ items })).saleId);
  const listed: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await platform.call(calls.listSales, cursor === undefined ? { limit: 100 } : { limit: 100, cursor });
    listed.push(...page.sales.map(({ saleId }) => saleId));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
    expect(cursor).toBe(page.sales.at(-1)?.saleId);
    expect(page.sales.length).toBeLessThan(20);
  }
  expect(listed.filter((saleId) => drafts.includes(saleId))).toEqual(drafts.toReversed());
  expect(new Set(listed).size).toBe(listed.length);
});

describe('adding stock', () => {
  const add = (saleId: string, itemId: string, units: number, requestId: string) =>
    platform.call(calls.addStock, { saleId, itemId, add: units, requestId });

  test('counts once for each request id and can be bought', async () => {
    const sale = await platform.openSale({ stock: 1 });
    const itemId = itemIdOf(sale);
    await platform.win(sale, ['first']);
    expect(await platform.left(sale)).toBe(0);
    const answers = await Promise.all([1, 2, 3].map(() => add(sale.saleId, itemId, 5, 'monday')));
    expect(answers).toEqual(Array(3).fill({ itemId, stock: 6, added: 5 }));
    expect(await add(sale.saleId, itemId, 5, 'tuesday')).toEqual({ itemId, stock: 11, added: 5 });
    expect(await add(sale.saleId, itemId, 5, 'monday')).toEqual({ itemId, stock: 6, added: 5 });
    expect(await platform.left(sale)).toBe(10);
    expect((await platform.call(calls.getSale, { saleId: sale.saleId })).items[0]?.stock).toBe(11);
    await eventually(async () => (await platform.win(sale, ['second'])).length === 1, 'a second winner');
    await platform.expectAuditHolds(sale);
  });

  test('refuses another amount under the same id, a foreign item, and a closed sale', async () => {
    const sale = await platform.openSale();
    const other = await platform.openSale();
    await add(sale.saleId, itemIdOf(sale), 5, 'request');
    await expect(add(sale.saleId, itemIdOf(sale), 6, 'request')).rejects.toMatchObject({ code: 'REQUEST_ID_REUSED' });
    await expect(add(sale.saleId, itemIdOf(other), 5, 'other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await command(sale.saleId, 'close');
    await expect(add(sale.saleId, itemIdOf(sale), 5, 'late')).rejects.toMatchObject({ code: 'WRONG_SALE_STATE' });
  });
});

describe('what buyers ask', () => {
  test('their orders, newest first and in pages, and what became of a reservation', async () => {
    const sale = await platform.openSale({ stock: 10, limitPerUser: 10 });
    const wins = [];
    for (let i = 0; i < 5; i += 1) wins.push(...(await platform.win(sale, ['reader'])));
    await eventually(async () => (await platform.prisma.order.count({ where: { userId: 'reader' } })) === 5, 'five orders');
    const newestFirst = wins
      .map((win) => win.reservationId)
      .sort()
      .reverse();
    const { orders: page, nextCursor } = await platform.call(calls.listOrders, { userId: 'reader', limit: 3 });
    expect(page.map((order) => order.orderId)).toEqual(newestFirst.slice(0, 3));
    expect(nextCursor).toBe(newestFirst[2]);
    const listing = { userId: 'reader', limit: 3, cursor: newestFirst[2] ?? '' };
    const { orders: rest, ...next } = await platform.call(calls.listOrders, listing);
    expect(next).toEqual({});
    expect(rest.map((order) => order.orderId)).toEqual(newestFirst.slice(3));
    const reservationId = newestFirst[0] ?? '';
    expect(await platform.call(calls.findReservation, { userId: 'reader', reservationId })).toMatchObject({
      status: 'ORDERED',
      order: { orderId: reservationId, title: 'An item', status: 'PENDING_PAYMENT' },
    });
    const foreign = platform.call(calls.findReservation, { userId: 'other', reservationId });
    await expect(foreign).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

test('the overview shows sales, stock, orders, statistics and queues', async () => {
  const sale = await platform.openSale({ stock: 5 });
  await platform.win(sale, ['one', 'two']);
  await eventually(async () => {
    const { sales } = await platform.call(calls.overview, {});
    return sales.find((each) => each.saleId === sale.saleId)?.statistics.created === 2;
  }, 'the statistics');
  const overview = await platform.call(calls.overview, {});
  expect(overview.sales.find((each) => each.saleId === sale.saleId)).toMatchObject({
    state: 'LIVE',
    stock: 5,
    left: 3,
    outbox: 0,
    orders: { pendingPayment: 2, paid: 0 },
  });
  // The deadline consumer starts once the worker has noticed the sale.
  await expect
    .poll(async () => (await platform.call(calls.overview, {})).queues.map((queue) => queue.consumer))
    .toEqual(expect.arrayContaining(['orders', 'payments', 'deadlines-600']));
});

test('the overview shows when unpaid orders fall due: the next one, and how many in each slice of the payment timeout', async () => {
  const sale = await platform.openSale({ stock: 5, limitPerUser: 5, payTimeoutSeconds: 600 });
  const [early] = await platform.win(sale, ['early', 'late', 'payer']);
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 3, 'three orders');
  const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000);
  await platform.prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { payBy: inMinutes(9.9) } });
  const next = inMinutes(3.2);
  await platform.prisma.order.update({ where: { id: early?.reservationId ?? '' }, data: { payBy: next } });
  await platform.prisma.order.updateMany({ where: { userId: 'payer' }, data: { status: 'PAID' } });

  const { sales } = await platform.call(calls.overview, {});
  const deadlines = sales.find(({ saleId }) => saleId === sale.saleId)?.deadlines;
  // Ten minutes in twelve slices: 3.2 minutes are in the fourth, and stay there for the next 40 seconds.
  const ahead = new Array<number>(DEADLINE_SLICES).fill(0);
  ahead[3] = 1;
  ahead[DEADLINE_SLICES - 1] = 1;
  expect(deadlines?.ahead).toEqual(ahead);
  expect(deadlines?.next).toBe(next.toISOString());
});

test('the overview and the metric report how far behind a queue is, until a worker has caught up', async () => {
  const sale = await platform.openSale({ stock: 5 });
  const behind = async () => (await readQueues(platform.nc)).find(({ consumer }) => consumer === 'orders')?.behindMs;
  const deadlines = async () => (await readQueues(platform.nc)).filter(({ stream }) => stream === 'SECKILL_DEADLINES');
  await eventually(async () => (await behind()) === 0, 'what came before');
  await eventually(async () => (await deadlines()).length > 0, 'the consumer of the deadlines');
  await platform.stopWorkers();
  await platform.win(sale, ['waiting']);
  const first = (await behind()) ?? 0;
  await eventually(async () => ((await behind()) ?? 0) > first, 'a growing age');
  for (const queue of await deadlines()) expect(queue).not.toHaveProperty('behindMs');
  const context = contextOf(platform);
  const watch = watchQueues(context);
  const metric = async () =>
    (await context.metrics.consumerBehind.get()).values.find(({ labels }) => labels.consumer === 'orders');
  await eventually(async () => ((await metric())?.value ?? 0) > 0, 'the metric');
  await platform.startWorker();
  await eventually(async () => (await behind()) === 0, 'the worker');
  await eventually(async () => (await metric())?.value === 0, 'the metric');
  await watch.stop();
});
