import { useTestServers } from 'dev/test';
import { advance, calls, newId, newReservationId, type Order, Problem, release } from 'seckill-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buy, openSale, ticketFor } from '../support/sales.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
let on: TestGateways;
let alice: Record<string, string>;
let mallory: Record<string, string>;
let stops: (() => void)[] = [];

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  alice = await accessToken(on, 'alice');
  mallory = await accessToken(on, 'mallory');
});
afterEach(async () => {
  for (const stop of stops) stop();
  stops = [];
  await on.nats.flush();
});
afterAll(() => on?.close());

/** Answers calls until the end of the test. */
const worker: typeof answerCalls = async (nats, rpc, handle) => {
  const answering = await answerCalls(nats, rpc, handle);
  stops.push(answering.stop);
  return answering;
};

const orderOf = (orderId: string, more: Partial<Order> = {}): Order => ({
  orderId,
  reservationId: orderId,
  saleId: newId(),
  itemId: orderId.slice(-6),
  title: 'An item',
  quantity: 1,
  amountCents: 1_250,
  currency: 'EUR',
  status: 'PENDING_PAYMENT',
  payBy: new Date(Date.now() + 60_000).toISOString(),
  createdAt: new Date().toISOString(),
  ...more,
});

describe('GET /api/reservations/:reservationId', () => {
  const view = (reservationId: string, headers = alice) =>
    on.callWhenAwake('GET', `/api/reservations/${reservationId}`, { headers });

  test('shows each state in Redis, with the order from ORDERED on', async () => {
    const { itemId } = await openSale(on, { limitPerUser: 3 });
    const ticket = ticketFor(on, itemId, 'alice');
    await buy(on, ticket, { quantity: 3 });
    const { reservationId } = ticket;
    expect((await view(reservationId)).body).toEqual({ reservationId, status: 'RESERVED' });

    const payBy = Date.now() + 60_000;
    const move = { reservationId, userId: 'alice', quantity: 3, reservedAt: Date.now(), payBy };
    const order = { orderId: reservationId, amountCents: 3_750, currency: 'EUR', payBy: new Date(payBy).toISOString() };
    await advance(on.redis, itemId, 'ORDERED', [move]);
    expect((await view(reservationId)).body).toEqual({ reservationId, status: 'ORDERED', order });
    await release(on.redis, itemId, 'CANCELLED', [move]);
    expect((await view(reservationId)).body).toEqual({ reservationId, status: 'CANCELLED', order });
    await release(on.redis, itemId, 'REFUNDED', [move]);
    expect((await view(reservationId)).body).toEqual({ reservationId, status: 'REFUNDED', order });
  });

  test('a rejected reservation has no order', async () => {
    const { itemId } = await openSale(on);
    const ticket = ticketFor(on, itemId, 'alice');
    await buy(on, ticket);
    await release(on.redis, itemId, 'REJECTED', [{ ...ticket, quantity: 1, reservedAt: Date.now() }]);
    const { reservationId } = ticket;
    expect((await view(reservationId)).body).toEqual({ reservationId, status: 'REJECTED' });
  });

  test("another user's reservation, an unknown one and a malformed id are all NOT_FOUND", async () => {
    await worker(on.nats, calls.findReservation, () => {
      throw new Problem('NOT_FOUND');
    });
    const { itemId } = await openSale(on);
    const ticket = ticketFor(on, itemId, 'alice');
    await buy(on, ticket);
    expect((await view(ticket.reservationId)).status).toBe(200);
    for (const answer of [
      await view(ticket.reservationId, mallory),
      await view(newReservationId(itemId)),
      await view('nonsense'),
      await view(crypto.randomUUID()),
    ]) {
      expect(answer).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  test('a reservation that Redis no longer has comes from a worker', async () => {
    const reservationId = newReservationId('00beef');
    const order = orderOf(reservationId);
    const { asked } = await worker(on.nats, calls.findReservation, () => ({ reservationId, status: 'PAID' as const, order }));
    const { orderId, amountCents, currency, payBy } = order;
    expect((await view(reservationId)).body).toEqual({
      reservationId,
      status: 'PAID',
      order: { orderId, amountCents, currency, payBy },
    });
    expect(asked).toEqual([{ userId: 'alice', reservationId }]);
  });

  test('without a sign-in: UNAUTHENTICATED', async () => {
    expect((await view(newReservationId('00beef'), {})).code).toBe('UNAUTHENTICATED');
  });
});

describe('orders', () => {
  const orderId = newReservationId('00cafe');

  test('are listed for their user, page by page', async () => {
    const { asked } = await worker(on.nats, calls.listOrders, () => ({ orders: [orderOf(orderId)], nextCursor: orderId }));
    const answer = await on.call('GET', `/api/orders?limit=10&before=${orderId}`, { headers: alice });
    expect(answer.body).toMatchObject({ orders: [{ orderId }], nextCursor: orderId });
    await on.call('GET', `/api/orders?limit=10&cursor=${orderId}`, { headers: alice });
    expect((await on.call('GET', '/api/orders', { headers: alice })).status).toBe(200);
    expect(asked).toEqual([
      { userId: 'alice', limit: 10, cursor: orderId },
      { userId: 'alice', limit: 10, cursor: orderId },
      { userId: 'alice', limit: 50 },
    ]);
  });

  test('reading, paying and cancelling one go to the worker with the user id', async () => {
    const order = orderOf(orderId);
    const payment = { paymentId: newId(), provider: 'http', checkoutUrl: 'http://127.0.0.1/checkout' };
    const asked = [
      (await worker(on.nats, calls.getOrder, () => order)).asked,
      (await worker(on.nats, calls.startPayment, () => payment)).asked,
      (await worker(on.nats, calls.cancelOrder, () => ({ ...order, status: 'CANCELLED' as const, reason: 'buyer' }))).asked,
    ];
    expect((await on.call('GET', `/api/orders/${orderId}`, { headers: alice })).body).toEqual(order);
    expect(await on.call('POST', `/api/orders/${orderId}/payments`, { headers: alice })).toMatchObject({
      status: 201,
      body: payment,
    });
    expect(await on.call('POST', `/api/orders/${orderId}/cancel`, { headers: alice })).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', reason: 'buyer' },
    });
    for (const each of asked) expect(each).toEqual([{ userId: 'alice', orderId }]);
  });

  test.each(['NOT_PAYABLE', 'NOT_FOUND', 'UNAVAILABLE'] as const)("the worker's %s reaches the buyer", async (code) => {
    await worker(on.nats, calls.startPayment, () => {
      throw new Problem(code, 'Because.', code === 'UNAVAILABLE' ? 700 : undefined);
    });
    const answer = await on.call('POST', `/api/orders/${orderId}/payments`, { headers: alice });
    expect(answer.code).toBe(code);
    expect(answer.body.detail).toBe('Because.');
    expect(answer.body.retryAfterMs).toBe(code === 'UNAVAILABLE' ? 700 : undefined);
  });

  test("a worker's unexpected error is INTERNAL and reveals nothing", async () => {
    await worker(on.nats, calls.cancelOrder, () => {
      throw new Error('relation "orders" does not exist at postgresql://10.0.0.5');
    });
    const answer = await on.call('POST', `/api/orders/${orderId}/cancel`, { headers: alice });
    expect(answer).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.text).not.toMatch(/relation|postgres|10\.0/);
  });

  test('no worker: UNAVAILABLE with a time to wait', async () => {
    const answer = await on.call('GET', '/api/orders', { headers: alice });
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.headers.get('retry-after')).toMatch(/^[12]$/);
  });

  test('without a sign-in: UNAUTHENTICATED; a malformed id: NOT_FOUND', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', `/${orderId}`],
      ['POST', `/${orderId}/payments`],
      ['POST', `/${orderId}/cancel`],
    ] as const) {
      expect((await on.call(method, `/api/orders${path}`)).code).toBe('UNAUTHENTICATED');
    }
    expect((await on.call('POST', '/api/orders/nonsense/payments', { headers: alice })).code).toBe('NOT_FOUND');
  });
});
