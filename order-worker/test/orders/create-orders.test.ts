import { foreignUserIds } from 'dev/test';
import {
  calls,
  decodeOrderEvents,
  listen,
  type OrderEvent,
  orderEvent,
  PublishUnacknowledged,
  paymentDeadline,
  reservationChanged,
  type StockReserved,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { createOrders } from '../../src/index.ts';
import { unfinished } from '../support/at-rest.ts';
import { eventually, itemIdOf, patientTransaction, usePlatform, users } from '../support/platform.ts';
import { readMessages } from '../support/stored-messages.ts';
import { waitingForLocks } from '../support/waiting-for-locks.ts';

const on = usePlatform();
/** With several batches at once, a later one may reach PostgreSQL first. With one, the order is that of the stream. */
const oneByOne = { batchSize: 500, concurrency: 1 };

/** A row that a worker has inserted. */
const orderOf = ({ reservationId, saleId, itemId, userId, quantity, reservedAt }: StockReserved) => ({
  id: reservationId,
  saleId,
  itemId,
  userId,
  quantity,
  amountCents: 1_000n,
  currency: 'EUR',
  payBy: new Date(Date.now() + 600_000),
  reservedAt: new Date(reservedAt),
  createdAt: new Date(),
});

describe('a batch of winners', () => {
  test('becomes orders, deadlines, events, Redis records and pushes to open pages', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 50 });
    // A redelivery is announced again: stored once, pushed to pages twice.
    const events = new Map<string, OrderEvent>();
    const pushes = new Set<string>();
    platform.listen(orderEvent.subject({ event: 'created', saleId: sale.saleId }), (data) => {
      for (const event of decodeOrderEvents(data).events) events.set(event.orderId, event);
    });
    listen(platform.nc, reservationChanged.to('user-3'), ({ status }) => pushes.add(status));

    const wins = await platform.win(sale, users(50));

    await eventually(() => events.size === 50 && pushes.size === 1, 'fifty events and a push');
    expect([...pushes]).toEqual(['ORDERED']);
    const [order] = await platform.prisma.order.findMany({ where: { userId: 'user-3' } });
    expect(order).toMatchObject({ quantity: 1, amountCents: 1_000n, currency: 'EUR', status: 'PENDING_PAYMENT' });
    expect((order?.payBy.getTime() ?? 0) - (order?.createdAt.getTime() ?? 0)).toBe(600_000);
    await eventually(async () => {
      const states = await Promise.all(wins.map((win) => platform.statusInRedis(win.reservationId)));
      return states.every((state) => state === 'ORDERED');
    }, 'every reservation ORDERED in Redis');
    await platform.expectAuditHolds(sale);
  });

  test('keeps the user ids of identity providers byte for byte, up to the push and the audit', async () => {
    const { platform } = on;
    await platform.startWorker();
    const userIds = [...foreignUserIds('ada'), '{"a,b"}\\', 'NULL', 'é'.repeat(127), 'e\u0301', '\u00e9'];
    const sale = await platform.openSale({ stock: 50 });
    const pushed = new Set<string>();
    for (const userId of userIds) listen(platform.nc, reservationChanged.to(userId), () => pushed.add(userId));

    const wins = await platform.win(sale, userIds);
    await platform.comesToRest();

    expect([...pushed].sort()).toEqual(userIds.toSorted());
    for (const { userId, reservationId } of wins) {
      const { orders } = await platform.call(calls.listOrders, { userId, limit: 10 });
      expect(orders.map(({ orderId }) => orderId)).toEqual([reservationId]);
    }
    const [cancelled] = wins.map(({ userId, reservationId }) => ({ userId, orderId: reservationId })).slice(-3);
    if (cancelled !== undefined) await platform.call(calls.cancelOrder, cancelled);
    await platform.expectAuditHolds(sale);
  });

  test('that is delivered twice makes each order and each event once', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 20 });
    const wins = await platform.win(sale, users(20));
    await platform.comesToRest();
    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(20);

    // After the duplicate window JetStream stores them again; here they have other message ids, and make other batches.
    for (const half of [0, 1]) {
      const again = wins.filter((_, i) => i % 2 === half);
      await Promise.all(
        again.map((win) => send(platform.publisher, stockReserved, winnersOf([win]), `again:${win.reservationId}`)),
      );
      await platform.comesToRest();
    }

    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(20);
    expect(await platform.eventCounts(sale)).toEqual({ created: 20 });
    await platform.expectAuditHolds(sale);
  });

  test('in one message, of which some have orders: each gets one order and one event', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 20 });
    const wins = await platform.reserve(sale, users(20));
    await send(platform.publisher, stockReserved, winnersOf(wins.slice(0, 10)));
    await platform.comesToRest();
    await send(platform.publisher, stockReserved, winnersOf(wins));
    await platform.comesToRest();

    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(20);
    expect(await platform.eventCounts(sale)).toEqual({ created: 20 });
    await platform.expectAuditHolds(sale);
  });

  test('from a gateway of an earlier version, one win a message, become orders', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 2 });
    for (const win of await platform.reserve(sale, users(2)))
      await platform.publisher.publish(stockReserved.subject(win), JSON.stringify(win), win.reservationId);
    await platform.comesToRest();

    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(2);
    await platform.expectAuditHolds(sale);
  });

  test('whose worker died after the commit is finished by its redelivery', async () => {
    const { platform } = on;
    const worker = await platform.startWorker();
    const sale = await platform.openSale({ stock: 10 });
    // The steps after the commit fail until this worker is gone.
    worker.context.publisher.publish = (subject) => Promise.reject(new PublishUnacknowledged(subject, 'the worker is dead'));
    const wins = await platform.win(sale, users(10));
    // Not all ten: what arrives after the first batch waits behind it.
    await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) > 0, 'orders');
    await platform.stopWorkers();
    expect(await unfinished(platform.nc)).toEqual([10, 0]);
    expect(await platform.statusInRedis(wins[0]?.reservationId ?? '')).toBe('RESERVED');

    await platform.startWorker();

    await eventually(async () => (await platform.eventCounts(sale))['created'] === 10, 'ten events');
    await eventually(async () => (await platform.statusInRedis(wins[9]?.reservationId ?? '')) === 'ORDERED', 'ORDERED in Redis');
    expect(await platform.prisma.item.findUnique({ where: { id: itemIdOf(sale) } })).toMatchObject({ sold: 10 });
    await platform.expectAuditHolds(sale);
  });
});

describe('a batch of winners of a free item', () => {
  const free = { item: { priceCents: 0 } };

  test('is paid as it is created, with both events and without a deadline, and a redelivery changes nothing', async () => {
    const { platform } = on;
    const { metrics } = (await platform.startWorker()).context;
    const sale = await platform.openSale({ ...free, stock: 20, payTimeoutSeconds: 1_234 });
    const events: OrderEvent[] = [];
    platform.listen(orderEvent.subject({ event: '*', saleId: sale.saleId }), (data) =>
      events.push(...decodeOrderEvents(data).events),
    );
    const pushes = new Set<string>();
    listen(platform.nc, reservationChanged.to('user-3'), ({ status }) => pushes.add(status));

    const wins = await platform.win(sale, users(20));
    await platform.comesToRest();
    await eventually(() => pushes.has('PAID'), 'a push');

    const orders = await platform.prisma.order.findMany({ where: { saleId: sale.saleId } });
    expect(orders).toHaveLength(20);
    for (const order of orders)
      expect(order).toMatchObject({ amountCents: 0n, status: 'PAID', version: 1, settledAt: order.createdAt });
    for (const { reservationId } of wins) {
      expect(await platform.statusInRedis(reservationId)).toBe('PAID');
      const said = events.filter(({ orderId }) => orderId === reservationId).map(({ event, version }) => `${event} ${version}`);
      expect(said).toEqual(['created 0', 'paid 1']);
    }
    expect(await readMessages(platform.nc, 'SECKILL_DEADLINES', paymentDeadline.subject({ payTimeoutSeconds: 1_234 }))).toEqual(
      [],
    );
    const { values } = await metrics.ordersPaid.get();
    expect(values).toMatchObject([{ value: 20 }]);

    const [again = [], judged = []] = [wins.slice(0, 10), wins.slice(10)];
    await send(platform.publisher, stockReserved, winnersOf(again), 'again');
    await send(
      platform.publisher,
      stockReserved,
      winnersOf([...judged, ...(await platform.reserve(sale, ['too-late']))]),
      'judged',
    );
    await platform.comesToRest();
    expect(await platform.eventCounts(sale)).toEqual({ created: 20, paid: 20 });
    await platform.expectAuditHolds(sale);
    const startPayment = platform.call(calls.startPayment, { userId: 'user-3', orderId: wins[3]?.reservationId ?? '' });
    await expect(startPayment).rejects.toMatchObject({ code: 'NOT_PAYABLE' });
  });

  test('of whom some won an item with a price: only those have to pay', async () => {
    const { platform } = on;
    await platform.startWorker();
    const item = { title: 'An item', currency: 'EUR', stock: 5 };
    const sale = await platform.openSale({
      items: [
        { ...item, priceCents: 0 },
        { ...item, priceCents: 500 },
      ],
    });
    const wins = [...(await platform.reserve(sale, users(5))), ...(await platform.reserve(sale, users(5), { item: 1 }))];
    await platform.publish(wins);
    await platform.comesToRest();

    expect(await platform.eventCounts(sale)).toEqual({ created: 10, paid: 5 });
    const states = await Promise.all(wins.map(({ reservationId }) => platform.statusInRedis(reservationId)));
    expect(states).toEqual([...Array(5).fill('PAID'), ...Array(5).fill('ORDERED')]);
    await platform.expectAuditHolds(sale);
  });
});

describe('more winners than units (Redis had lost some)', () => {
  test('the first in the stream get the stock, the rest are rejected and notified', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 10 });
    await platform.stopWorkers();
    const told = new Map<string, string>();
    listen(platform.nc, reservationChanged, ({ reservationId, status }) => told.set(reservationId, status));
    const wins = users(30).map((user) => platform.forged(sale, user));
    for (const win of wins) await platform.publish([win]);
    await platform.startWorker({ orders: oneByOne });

    await eventually(() => wins.every((win) => told.has(win.reservationId)), 'a push for each of the thirty');
    expect(wins.map((win) => told.get(win.reservationId))).toEqual([
      ...Array<string>(10).fill('ORDERED'),
      ...Array<string>(20).fill('REJECTED'),
    ]);
    expect(await platform.prisma.item.findUnique({ where: { id: itemIdOf(sale) } })).toMatchObject({ stock: 10, sold: 10 });
    const rejections = await platform.prisma.rejection.findMany({ where: { saleId: sale.saleId } });
    expect(rejections.map((rejection) => rejection.reason)).toEqual(Array(20).fill('SOLD_OUT'));
    await eventually(async () => (await platform.eventCounts(sale))['rejected'] === 20, 'twenty events');
    await platform.expectAuditHolds(sale);
  });

  test('a rejected winner is rejected again when the message is redelivered, even if there is room now', async () => {
    const { platform } = on;
    await platform.startWorker({ orders: oneByOne });
    const sale = await platform.openSale({ stock: 1 });
    const [first, second] = [platform.forged(sale, 'first'), platform.forged(sale, 'second')];
    await platform.publish([first]);
    await platform.publish([second]);
    await eventually(async () => (await platform.eventCounts(sale))['rejected'] === 1, 'a rejection');
    await platform.prisma.item.update({ where: { id: itemIdOf(sale) }, data: { stock: 5 } });

    const alone = await createOrders(platform.prisma, [second]);
    const again = await createOrders(platform.prisma, [first, second]);

    expect(alone.get(second.reservationId)).toMatchObject({ status: 'REJECTED', fresh: false, reason: 'SOLD_OUT' });
    expect(again.get(first.reservationId)).toMatchObject({ status: 'PENDING_PAYMENT', fresh: false });
    expect(again.get(second.reservationId)).toMatchObject({ status: 'REJECTED', fresh: false, reason: 'SOLD_OUT' });
  });
});

describe('the limit per user', () => {
  test('holds in the database too, over several messages and batches', async () => {
    const { platform } = on;
    await platform.startWorker({ orders: oneByOne });
    const sale = await platform.openSale({ stock: 100, limitPerUser: 2 });
    const wins = [1, 1, 1, 2].map((quantity) => platform.forged(sale, 'greedy', { quantity }));
    for (const win of wins) await platform.publish([win]);
    const patient = platform.forged(sale, 'patient', { quantity: 2 });
    await platform.publish([patient]);

    await eventually(async () => (await platform.order(patient.reservationId)) !== null, 'the last order');
    const orders = await platform.prisma.order.findMany({
      where: { userId: 'greedy', saleId: sale.saleId },
      orderBy: { id: 'asc' },
    });
    expect(orders.map((order) => order.id)).toEqual(
      wins
        .slice(0, 2)
        .map((win) => win.reservationId)
        .sort(),
    );
    const rejections = await platform.prisma.rejection.findMany({ where: { saleId: sale.saleId } });
    expect(rejections.map((rejection) => rejection.reason)).toEqual(['LIMIT_REACHED', 'LIMIT_REACHED']);
  });

  /** A plain batch is checked after it has locked the item; a batch with a redelivery is judged behind that lock. */
  test.each([
    ['holds if two workers create orders of one user at the same moment', false],
    ['holds at the same moment for a batch that has to be judged', true],
  ])('%s', async (_, judged) => {
    const { platform } = on;
    const { prisma } = platform;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 10, limitPerUser: 1 });
    const itemId = itemIdOf(sale);
    const [old, first, second] = [platform.forged(sale, 'old'), platform.forged(sale, 'greedy'), platform.forged(sale, 'greedy')];
    await createOrders(prisma, [old]);
    let late: Promise<unknown> = Promise.resolve();
    // The first worker has not committed yet when the second one begins.
    await prisma.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 AS locked FROM items WHERE id = ${itemId} FOR NO KEY UPDATE`;
      await tx.order.create({ data: orderOf(first) });
      await tx.item.update({ where: { id: itemId }, data: { sold: { increment: 1 } } });
      late = createOrders(prisma, judged ? [old, second] : [second]);
      await eventually(async () => (await waitingForLocks(prisma)) > 0, 'the second worker waits for the first');
    }, patientTransaction);
    await late;

    const orders = await prisma.order.findMany({ where: { saleId: sale.saleId, userId: 'greedy' } });
    expect(orders.map((order) => order.id)).toEqual([first.reservationId]);
    const rejections = await prisma.rejection.findMany({ where: { saleId: sale.saleId } });
    expect(rejections.map(({ reservationId, reason }) => [reservationId, reason])).toEqual([
      [second.reservationId, 'LIMIT_REACHED'],
    ]);
  });
});

describe('several workers', () => {
  test('make one order for each winner and never more than the stock, whatever is delivered twice', async () => {
    const { platform } = on;
    await Promise.all([1, 2, 3].map(() => platform.startWorker({ orders: { batchSize: 40, concurrency: 2 } })));
    const item = { priceCents: 500, currency: 'EUR', limitPerUser: 1 };
    const sale = await platform.openSale({
      items: [
        { ...item, title: 'first', stock: 300 },
        { ...item, title: 'second', stock: 500 },
      ],
    });
    const wins = users(600).flatMap((user) => [
      platform.forged(sale, user, { item: 0 }),
      platform.forged(sale, user, { item: 1 }),
    ]);
    const twice = wins.filter((_, i) => i % 3 === 0);
    await platform.publish(wins);
    await Promise.all(
      twice.map((win) => send(platform.publisher, stockReserved, winnersOf([win]), `again:${win.reservationId}`)),
    );

    await eventually(async () => {
      const { created = 0, rejected = 0 } = await platform.eventCounts(sale);
      return created + rejected === 1_200;
    }, 'an answer to each of 1200 winners');
    expect(await platform.eventCounts(sale)).toEqual({ created: 800, rejected: 400 });
    const items = await platform.prisma.item.findMany({ where: { saleId: sale.saleId }, orderBy: { position: 'asc' } });
    expect(items.map((each) => each.sold)).toEqual([300, 500]);
    await platform.expectAuditHolds(sale);
  });
});
