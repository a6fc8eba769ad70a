import { deferred } from '@nats-io/transport-node';
import { calls } from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { expect, onTestFinished, test } from 'vitest';
import { CALL_BOUNDS } from '../../src/call-bounds.ts';
import { shareConnections } from '../../src/servers/share-connections.ts';
import { eventually, patientTransaction, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();

/** A pool with one connection, and a function that holds it until the function it returns is called. */
function poolOfOne(): { pool: PrismaClient; hold: () => Promise<() => Promise<void>> } {
  const pool = createPrisma({ databaseUrl: on.platform.databaseUrl, max: 1 });
  onTestFinished(() => pool.$disconnect());
  const hold = async () => {
    const [held, free] = [deferred<void>(), deferred<void>()];
    const transaction = pool.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1`;
      held.resolve();
      await free;
    }, patientTransaction);
    await held;
    return async () => {
      free.resolve();
      await transaction;
    };
  };
  return { pool, hold };
}

async function ordersOf(names: readonly string[]) {
  const { platform } = on;
  const sale = await platform.openSale({ stock: 1_000, payTimeoutSeconds: 600 });
  const wins = await platform.win(sale, names);
  await platform.comesToRest();
  return { sale, wins };
}

test('when everyone pays at once, a slow provider is asked for a bounded number, no other payment is begun, and orders go on', async () => {
  const { platform } = on;
  const { provider, prisma } = platform;
  await platform.startWorker();
  const { running } = CALL_BOUNDS.startPayment;
  const names = users(2 * running, 'payer');
  const { sale, wins } = await ordersOf(names);
  const slow = deferred<void>();
  provider.slow = slow;
  const presses = wins.flatMap(({ reservationId: orderId, userId }) => [
    { orderId, userId },
    { orderId, userId },
  ]);
  const pressed = Promise.allSettled(presses.map((order) => platform.call(calls.startPayment, order)));
  await eventually(() => provider.checkouts.length >= running, 'as many checkouts as may run');

  const [late] = await platform.win(sale, ['late-comer']);
  await eventually(async () => (await platform.order(late?.reservationId ?? '')) !== null, 'an order beside the rush');
  expect((await platform.call(calls.overview, {})).sales[0]?.saleId).toBe(sale.saleId);
  expect(provider.checkouts).toHaveLength(running);
  expect(await prisma.payment.count()).toBeLessThanOrEqual(running);

  slow.resolve();
  const answers = await pressed;
  expect(answers.filter(({ status }) => status === 'rejected')).toEqual([]);
  const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  expect(new Set(started.map(({ paymentId }) => paymentId)).size).toBe(wins.length);
  for (const { paymentId, checkoutUrl } of started) expect(checkoutUrl).toBe(`http://checkout.test/${paymentId}`);
  provider.slow = undefined;
});

test('buyers who cancel and look all at once each get their own answer', async () => {
  const { platform } = on;
  await platform.startWorker();
  const { sale, wins } = await ordersOf(users(40, 'crowd'));
  const asked = wins.map(({ reservationId, userId }) => ({ orderId: reservationId, reservationId, userId }));
  const cancelled = await Promise.all(asked.map(({ orderId, userId }) => platform.call(calls.cancelOrder, { orderId, userId })));
  expect(cancelled.map(({ orderId, status }) => [orderId, status])).toEqual(asked.map(({ orderId }) => [orderId, 'CANCELLED']));
  const others = asked.map(({ orderId, userId }, i) => ({ orderId, userId: i % 2 === 0 ? userId : 'stranger' }));
  const seen = await Promise.allSettled(others.map((order) => platform.call(calls.getOrder, order)));
  expect(seen.map(({ status }) => status)).toEqual(others.map((_, i) => (i % 2 === 0 ? 'fulfilled' : 'rejected')));
  const found = await Promise.all(
    asked.map(({ reservationId, userId }) => platform.call(calls.findReservation, { reservationId, userId })),
  );
  expect(found.map(({ order }) => order?.orderId)).toEqual(asked.map(({ orderId }) => orderId));
  expect(await platform.left(sale)).toBe(1_000);
  await platform.expectAuditHolds(sale);
});

test("buyers' calls that hold all their connections stop neither orders nor the operator", async () => {
  const { platform } = on;
  const buyers = poolOfOne();
  const operators = poolOfOne();
  await platform.startWorker({ callPools: { buyers: buyers.pool, operators: operators.pool } });
  const { sale, wins } = await ordersOf(['early']);
  const order = { orderId: wins[0]?.reservationId ?? '', userId: 'early' };

  const freeBuyers = await buyers.hold();
  let seen = false;
  const look = platform.call(calls.getOrder, order).then(() => {
    seen = true;
  });
  const [win] = await platform.win(sale, ['in-the-rush']);
  await eventually(async () => (await platform.order(win?.reservationId ?? '')) !== null, 'an order');
  expect((await platform.call(calls.overview, {})).sales[0]?.saleId).toBe(sale.saleId);
  expect((await platform.call(calls.commandSale, { saleId: sale.saleId, command: 'pause' })).status).toBe('PAUSED');
  expect(seen).toBe(false);
  await freeBuyers();
  await look;

  const freeOperators = await operators.hold();
  let overseen = false;
  const overview = platform.call(calls.overview, {}).then(() => {
    overseen = true;
  });
  await platform.call(calls.getOrder, order);
  expect(overseen).toBe(false);
  await freeOperators();
  await overview;
});

test('two fifths of the connections are for orders, and every kind of call has at least one', () => {
  expect(shareConnections(15)).toEqual({ orders: 6, buyers: 3, operators: 3, reports: 3 });
  for (let connections = 4; connections <= 500; connections += 1) {
    const { orders, buyers, operators, reports } = shareConnections(connections);
    expect(orders + buyers + operators + reports).toBe(connections);
    expect(orders).toBeGreaterThanOrEqual(0.25 * connections);
    expect(Math.min(buyers, operators, reports)).toBeGreaterThan(0);
  }
});
