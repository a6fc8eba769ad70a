import { useTestServers } from 'dev/test';
import { type AdminOrder, type AdminSale, broadcast, calls, newId, newReservationId, Problem, workerServing } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken } from '../support/sales.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
const saleId = newId();
const orderId = newReservationId('00002a');
let on: TestGateways;
let admin: Record<string, string>;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  admin = { authorization: `Bearer ${on.config.adminToken}` };
});
afterAll(() => on?.close());

const wanted = () => ({
  title: 'Autumn',
  startsAt: '2030-01-01T10:00:00Z',
  endsAt: '2030-01-01T11:00:00+01:00',
  payTimeoutSeconds: 900,
  rateLimit: { ratePerSecond: 100, burst: 200 },
  items: [{ title: 'Chair', priceCents: 9_900, currency: 'EUR', stock: 10 }],
});

const made = (more: Partial<AdminSale> = {}): AdminSale => ({
  saleId,
  version: 0,
  title: 'Autumn',
  status: 'DRAFT',
  state: 'DRAFT',
  startsAt: '2030-01-01T10:00:00.000Z',
  endsAt: '2030-01-01T11:00:00.000Z',
  payTimeoutSeconds: 900,
  tokenLeadSeconds: 300,
  rateLimit: { ratePerSecond: 100, burst: 200 },
  items: [{ itemId: '00002a', title: 'Chair', priceCents: 9_900, currency: 'EUR', stock: 10, sold: 0, limitPerUser: 1 }],
  createdAt: '2029-12-31T00:00:00.000Z',
  ...more,
});

const calls_ = [
  ['POST', '/api/admin/sales'],
  ['GET', '/api/admin/sales'],
  ['GET', `/api/admin/sales/${saleId}`],
  ['POST', `/api/admin/sales/${saleId}/publish`],
  ['POST', `/api/admin/sales/${saleId}/pause`],
  ['POST', `/api/admin/sales/${saleId}/resume`],
  ['POST', `/api/admin/sales/${saleId}/close`],
  ['POST', `/api/admin/sales/${saleId}/items/00002a/stock`],
  ['GET', `/api/admin/sales/${saleId}/audit`],
  ['GET', '/api/admin/events'],
  ['GET', '/api/admin/orders?userId=ann'],
  ['GET', `/api/admin/orders/${orderId}`],
  ['POST', `/api/admin/orders/${orderId}/refund`],
  ['POST', `/api/admin/orders/${orderId}/refunds/${saleId}/retry`],
  ['POST', `/api/admin/orders/${orderId}/refunds/${saleId}/settled`],
  ['GET', '/api/admin/refused-refunds'],
  ['GET', '/api/admin/payment-providers'],
  ['GET', '/api/admin/overview'],
] as const;

test.each(calls_)('%s %s is for the operator only', async (method, path) => {
  const user = await accessToken(on, 'admin');
  // A client has 50 wrong tokens, and these are two for each call.
  const others: Record<string, string>[] = [{}, user, { authorization: `Bearer ${on.config.adminToken}x` }];
  for (const headers of others) {
    expect(await on.call(method, path, { headers, ...(method === 'POST' ? { body: {} } : {}) })).toMatchObject({
      status: 401,
      code: 'UNAUTHENTICATED',
    });
  }
});

test('an empty token is refused', async () => {
  expect((await on.call('GET', '/api/admin/sales', { headers: { authorization: 'Bearer ' } })).code).toBe('UNAUTHENTICATED');
});

test('a worker creates a sale, with the defaults filled in', async () => {
  const { asked, stop } = await answerCalls(on.nats, calls.createSale, () => made());
  const answer = await on.call('POST', '/api/admin/sales', { body: wanted(), headers: admin });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ saleId, items: [{ itemId: '00002a' }] });
  expect(asked[0]).toMatchObject({ tokenLeadSeconds: 300, items: [{ limitPerUser: 1 }] });
  stop();
});

describe('an invalid sale: VALIDATION_FAILED, naming the field', () => {
  const item = wanted().items[0];
  test.each<[string, object, RegExp]>([
    ['no title', { title: undefined }, /title/],
    ['a malformed time', { startsAt: 'tomorrow' }, /startsAt/],
    ['a number for a time', { endsAt: 5 }, /endsAt/],
    ['no items', { items: [] }, /items/],
    ['a price too high', { items: [{ ...item, priceCents: 1e12 }] }, /items\.0\.priceCents/],
    ['half a unit', { items: [{ ...item, stock: 0.5 }] }, /items\.0\.stock/],
    ['stock as text', { items: [{ ...item, stock: '10' }] }, /items\.0\.stock/],
    ['an unknown field of an item', { items: [{ ...item, colour: 'red' }] }, /items\.0\.colour/],
    ['an unknown field', { status: 'PUBLISHED' }, /status/],
    ['no burst', { rateLimit: { ratePerSecond: 1 } }, /rateLimit\.burst/],
    ['a limit of 0', { items: [{ ...item, limitPerUser: 0 }] }, /items\.0\.limitPerUser/],
  ])('%s', async (_what, change, field) => {
    const answer = await on.call('POST', '/api/admin/sales', { body: { ...wanted(), ...change }, headers: admin });
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect(answer.body.detail).toMatch(field);
  });

  test('too many items in a large body are still named', async () => {
    const items = Array.from({ length: 101 }, () => ({ ...item, title: 'x'.repeat(150) }));
    const answer = await on.call('POST', '/api/admin/sales', { body: { ...wanted(), items }, headers: admin });
    expect(answer.body.detail).toMatch(/items/);
  });
});

test("a buyer's list is read from the orders themselves, any other from the search", async () => {
  const order = {
    ...{
      orderId,
      reservationId: orderId,
      saleId,
      itemId: '00002a',
      title: 'Chair',
      quantity: 1,
      amountCents: 1,
      currency: 'EUR',
    },
    ...{ status: 'PAID' as const, payBy: '2030-01-01T10:00:00.000Z', createdAt: '2030-01-01T10:00:00.000Z' },
  };
  const listing = await answerCalls(on.nats, calls.listOrders, () => ({ orders: [order] }));
  const searching = await answerCalls(on.nats, calls.searchOrders, () => ({
    orders: [{ ...order, userId: 'ben' }],
    nextCursor: orderId,
  }));
  const list = (query: string) => on.call('GET', `/api/admin/orders?${query}`, { headers: admin });
  expect((await list('userId=ann&limit=5')).body).toEqual({ orders: [{ ...order, userId: 'ann' }] });
  expect((await list(`q=oak%20手机&status=PAID&limit=5&cursor=${orderId}`)).body).toMatchObject({
    orders: [{ userId: 'ben' }],
    nextCursor: orderId,
  });
  expect((await list('userId=ann&status=PAID')).status).toBe(200);
  expect(listing.asked).toEqual([{ userId: 'ann', limit: 5 }]);
  expect(searching.asked).toEqual([
    { q: 'oak 手机', status: 'PAID', limit: 5, cursor: orderId },
    { userId: 'ann', status: 'PAID', limit: 50 },
  ]);
  for (const query of ['status=PAYED', 'saleId=1', 'from=today', 'q=', 'colour=red'])
    expect(await list(query)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  listing.stop();
  searching.stop();
});

test.each(['publish', 'pause', 'resume', 'close'] as const)(
  '%s goes to a worker, and its refusal reaches the operator',
  async (command) => {
    const answering = await answerCalls(on.nats, calls.commandSale, (request) => {
      if (request.saleId !== saleId) throw new Problem('WRONG_SALE_STATE', `Not ${request.command} now.`);
      return made();
    });
    const path = (id: string) => `/api/admin/sales/${id}/${command}`;
    expect((await on.call('POST', path(saleId), { headers: admin })).status).toBe(200);
    expect(answering.asked).toEqual([{ saleId, command }]);
    expect(await on.call('POST', path(newId()), { headers: admin })).toMatchObject({ status: 409, code: 'WRONG_SALE_STATE' });
    expect((await on.call('POST', path('nonsense'), { headers: admin })).code).toBe('NOT_FOUND');
    answering.stop();
  },
);

describe('refunding an order', () => {
  const at = '2030-01-01T00:00:00.000Z';
  const order: AdminOrder = {
    ...{ orderId, reservationId: orderId, saleId, itemId: '00002a', title: 'Chair', quantity: 1, userId: 'ann' },
    ...{ amountCents: 9_900, currency: 'EUR', status: 'PAID', payBy: at, createdAt: at, reservedAt: at },
    ...{ payments: [], refunds: [], refundableCents: 9_900, timeline: [] },
  };
  const refund = (body: unknown, headers: Record<string, string> = {}, id = orderId) =>
    on.call('POST', `/api/admin/orders/${id}/refund`, { body, headers: { ...admin, ...headers } });

  test('asks a worker under the idempotency key, or a new id each time', async () => {
    const { asked, stop } = await answerCalls(on.nats, calls.refundOrder, () => order);
    const body = { amountCents: 300, reason: 'Broken.', returnUnits: false };
    expect(await refund(body, { 'idempotency-key': 'one' })).toMatchObject({
      status: 200,
      body: { orderId, refundableCents: 9_900 },
    });
    await refund({ reason: 'Broken.', returnUnits: true });
    await refund({ reason: 'Broken.', returnUnits: true });
    expect(asked[0]).toEqual({ orderId, ...body, requestId: 'one' });
    expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(3);
    expect((await refund(body, {}, 'nonsense')).code).toBe('NOT_FOUND');
    stop();
  });

  test.each([
    [{}],
    [{ reason: '', returnUnits: true }],
    [{ reason: 'Broken.' }],
    [{ amountCents: 0, reason: 'Broken.', returnUnits: true }],
    [{ amountCents: 1.5, reason: 'Broken.', returnUnits: true }],
    [{ reason: 'Broken.', returnUnits: true, currency: 'EUR' }],
  ])('%j: VALIDATION_FAILED', async (body) => {
    expect(await refund(body)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('a refused refund is settled outside with a note', async () => {
    const { asked, stop } = await answerCalls(on.nats, calls.settleRefund, () => order);
    const settled = (body: unknown, refundId = saleId) =>
      on.call('POST', `/api/admin/orders/${orderId}/refunds/${refundId}/settled`, { body, headers: admin });
    expect(await settled({ note: 'IBAN transfer 17' })).toMatchObject({ status: 200, body: { orderId } });
    expect(asked).toEqual([{ orderId, refundId: saleId, note: 'IBAN transfer 17' }]);
    for (const body of [{}, { note: '' }, { note: 'x', by: 'me' }]) {
      expect(await settled(body)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    }
    expect((await settled({ note: 'x' }, 'nonsense')).code).toBe('NOT_FOUND');
    stop();
  });

  test('shows the order, tries a refused refund again, and lists what was refused', async () => {
    const answering = [
      await answerCalls(on.nats, calls.adminOrder, () => order),
      await answerCalls(on.nats, calls.retryRefund, () => {
        throw new Problem('NOT_REFUNDABLE', 'It is DONE.');
      }),
      await answerCalls(on.nats, calls.listRefusedRefunds, () => ({ refunds: [] })),
    ];
    const get = (path: string) => on.call('GET', path, { headers: admin });
    expect((await get(`/api/admin/orders/${orderId}`)).body).toEqual(order);
    expect((await get('/api/admin/orders/nonsense')).code).toBe('NOT_FOUND');
    const retry = (refundId: string) =>
      on.call('POST', `/api/admin/orders/${orderId}/refunds/${refundId}/retry`, { headers: admin });
    expect(await retry(saleId)).toMatchObject({ status: 409, code: 'NOT_REFUNDABLE' });
    expect((await retry('nonsense')).code).toBe('NOT_FOUND');
    expect((await get('/api/admin/refused-refunds')).body).toEqual({ refunds: [] });
    for (const { stop } of answering) stop();
  });
});

test("a buyer's orders come from a worker, and the payment providers from what the workers say", async () => {
  const { asked, stop } = await answerCalls(on.nats, calls.listOrders, () => ({ orders: [] }));
  const get = (path: string) => on.call('GET', path, { headers: admin });
  expect((await get('/api/admin/orders?userId=auth0%7Cann&limit=7')).body).toEqual({ orders: [] });
  expect(asked).toEqual([{ userId: 'auth0|ann', limit: 7 }]);
  for (const query of ['?userId=', '?userId=ann&status=LOST']) {
    expect((await get(`/api/admin/orders${query}`)).code).toBe('VALIDATION_FAILED');
  }
  stop();

  expect((await get('/api/admin/payment-providers')).body).toEqual({ paymentProviders: [] });
  const paymentProviders = ['stripe', 'alipay'];
  await expect
    .poll(async () => {
      broadcast(on.nats, workerServing, { workerId: 'one', paymentProviders });
      return (await get('/api/admin/payment-providers')).body;
    })
    .toEqual({ paymentProviders });
});

describe('adding stock', () => {
  const add = (body: unknown, headers: Record<string, string> = {}, itemId = '00002a') =>
    on.call('POST', `/api/admin/sales/${saleId}/items/${itemId}/stock`, { body, headers: { ...admin, ...headers } });

  test('uses the request id of the body, of a header, or a new one', async () => {
    const { asked, stop } = await answerCalls(on.nats, calls.addStock, ({ itemId, add: added }) => ({
      itemId,
      stock: 15,
      added,
    }));
    expect((await add({ add: 5, requestId: 'one' }, { 'idempotency-key': 'two' })).body).toEqual({
      itemId: '00002a',
      stock: 15,
      added: 5,
    });
    await add({ add: 5 }, { 'idempotency-key': 'two', 'x-request-id': 'three' });
    await add({ add: 5 }, { 'x-request-id': 'three' });
    await add({ add: 5 });
    await add({ add: 5 });
    const ids = asked.map((request) => request.requestId);
    expect(ids.slice(0, 3)).toEqual(['one', 'two', 'three']);
    expect(new Set(ids).size).toBe(5);
    stop();
  });

  test.each([
    [{}],
    [{ add: 0 }],
    [{ add: -5 }],
    [{ add: 1.5 }],
    [{ add: '5' }],
    [{ add: 1e9 }],
    [{ add: 5, sub: 1 }],
    [{ add: 5, requestId: '' }],
  ])('%j: VALIDATION_FAILED', async (body) => {
    expect(await add(body)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('a request id used for something else, and a malformed item id, are refused', async () => {
    const { stop } = await answerCalls(on.nats, calls.addStock, () => {
      throw new Problem('REQUEST_ID_REUSED');
    });
    expect(await add({ add: 5, requestId: 'one' })).toMatchObject({ status: 409, code: 'REQUEST_ID_REUSED' });
    expect((await add({ add: 5 }, {}, 'nonsense')).code).toBe('NOT_FOUND');
    stop();
  });
});

test('lists, one sale and the overview come from the worker', async () => {
  const overview = {
    serverTime: new Date().toISOString(),
    sales: [],
    queues: [{ consumer: 'c', stream: 's', waiting: 1, inHand: 2 }],
    deadLetters: 3,
    refusedRefunds: 1,
  };
  const stops = [
    await answerCalls(on.nats, calls.listSales, () => ({ sales: [made()], nextCursor: saleId })),
    await answerCalls(on.nats, calls.getSale, () => made()),
    await answerCalls(on.nats, calls.overview, () => overview),
  ];
  const get = async (path: string) => (await on.call('GET', path, { headers: admin })).body;
  expect(await get('/api/admin/sales')).toEqual({ sales: [made()], nextCursor: saleId });
  await get(`/api/admin/sales?limit=7&cursor=${saleId}`);
  expect(stops[0]?.asked).toEqual([{ limit: 50 }, { limit: 7, cursor: saleId }]);
  for (const query of ['limit=0', 'limit=101', 'cursor=x', 'page=2']) {
    expect(await get(`/api/admin/sales?${query}`)).toMatchObject({ code: 'VALIDATION_FAILED' });
  }
  expect(await get(`/api/admin/sales/${saleId}`)).toEqual(made());
  expect(await get('/api/admin/overview')).toEqual(overview);
  for (const { stop } of stops) stop();
});
