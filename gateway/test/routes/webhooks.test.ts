import { useTestServers } from 'dev/test';
import { calls, newId, Problem, type WebhookDelivery, type WebhookView } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken } from '../support/sales.ts';
import { answerCalls } from '../support/worker.ts';

const servers = useTestServers();
const webhookId = newId();
const one = `/api/admin/webhooks/${webhookId}`;
let on: TestGateways;
let headers: Record<string, string>;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  headers = { authorization: `Bearer ${on.config.adminToken}` };
});
afterAll(() => on?.close());

const view: WebhookView = {
  webhookId,
  url: 'https://shop.example/hook',
  events: ['order.paid'],
  saleIds: [],
  description: '',
  state: 'ACTIVE',
  createdAt: '2030-01-01T00:00:00.000Z',
  backlog: { waiting: 0, failed: 0 },
};
const listed = {
  deliveryId: '7',
  eventId: 'paid:1',
  event: 'order.paid',
  state: 'DELIVERED',
  attempts: 1,
  createdAt: '2030-01-01T00:00:00.000Z',
} as const;
const sent = { 'content-type': 'application/cloudevents+json', 'user-agent': 'Seckill-Webhooks', 'webhook-id': 'paid:1' };
const delivery: WebhookDelivery = { ...listed, request: { url: view.url, headers: sent, body: '{}' }, history: [] };

test.each([
  ['POST', '/api/admin/webhooks'],
  ['GET', '/api/admin/webhooks'],
  ['GET', one],
  ['PATCH', one],
  ['DELETE', one],
  ['POST', `${one}/secret`],
  ['POST', `${one}/test`],
  ['GET', `${one}/deliveries`],
  ['GET', `${one}/deliveries/7`],
  ['POST', `${one}/deliveries/7/replay`],
  ['POST', `${one}/replay`],
  ['POST', `${one}/backfill`],
])('%s %s is for the operator only', async (method, path) => {
  const user = await accessToken(on, 'admin');
  const body = method === 'POST' || method === 'PATCH' ? { body: {} } : {};
  for (const others of [{}, user] as Record<string, string>[]) {
    expect(await on.call(method, path, { headers: others, ...body })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  }
});

test('an endpoint is added, and its secret is in the answer', async () => {
  const worker = await answerCalls(on.nats, calls.createWebhook, () => ({ ...view, secret: 'whsec_x' }));
  const body = { url: view.url, events: ['order.paid', 'sale.*'] };
  const answer = await on.call('POST', '/api/admin/webhooks', { headers, body });
  expect(answer).toMatchObject({ status: 201, body: { webhookId, secret: 'whsec_x' } });
  expect(worker.asked).toEqual([body]);
  worker.stop();
});

test.each([
  ['url', { events: ['*'] }],
  ['url', { url: 'ftp://shop.example', events: ['*'] }],
  ['events', { url: view.url }],
  ['events', { url: view.url, events: [] }],
  ['events.0', { url: view.url, events: ['order.payed'] }],
  ['saleIds.0', { url: view.url, events: ['*'], saleIds: ['1'] }],
  ['secret', { url: view.url, events: ['*'], secret: 'whsec_mine' }],
])('a wrong endpoint is refused, naming %s', async (field, body) => {
  const answer = await on.call('POST', '/api/admin/webhooks', { headers, body });
  expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED', body: { detail: expect.stringContaining(field) } });
});

test('what the worker says of a URL reaches the operator', async () => {
  const worker = await answerCalls(on.nats, calls.createWebhook, () => {
    throw new Problem('VALIDATION_FAILED', 'url is refused: 10.0.0.1 is not a public address.');
  });
  const answer = await on.call('POST', '/api/admin/webhooks', { headers, body: { url: 'https://10.0.0.1/', events: ['*'] } });
  expect(answer).toMatchObject({ status: 400, body: { detail: 'url is refused: 10.0.0.1 is not a public address.' } });
  worker.stop();
});

test('an endpoint is listed, read, changed and deleted, without its secret', async () => {
  const workers = await Promise.all([
    answerCalls(on.nats, calls.listWebhooks, () => ({ webhooks: [{ ...view, secret: 'whsec_x' } as WebhookView] })),
    answerCalls(on.nats, calls.getWebhook, () => ({ ...view, secret: 'whsec_x' }) as WebhookView),
    answerCalls(on.nats, calls.changeWebhook, () => ({ ...view, state: 'PAUSED' as const })),
    answerCalls(on.nats, calls.deleteWebhook, () => ({})),
  ]);
  expect(await on.call('GET', '/api/admin/webhooks', { headers })).toMatchObject({ status: 200, body: { webhooks: [view] } });
  const read = await on.call('GET', one, { headers });
  expect(read).toMatchObject({ status: 200, body: view });
  expect(read.text).not.toContain('whsec_x');
  expect(await on.call('PATCH', one, { headers, body: { state: 'PAUSED' } })).toMatchObject({
    status: 200,
    body: { state: 'PAUSED' },
  });
  expect(workers[2]?.asked).toEqual([{ webhookId, state: 'PAUSED' }]);
  expect(await on.call('PATCH', one, { headers, body: { state: 'DISABLED' } })).toMatchObject({ status: 400 });
  expect(await on.call('DELETE', one, { headers })).toMatchObject({ status: 200 });
  for (const worker of workers) worker.stop();
});

test('deliveries are listed with filters, shown and sent again', async () => {
  const workers = await Promise.all([
    answerCalls(on.nats, calls.listDeliveries, () => ({ deliveries: [listed], nextCursor: '7' })),
    answerCalls(on.nats, calls.getDelivery, () => delivery),
    answerCalls(on.nats, calls.replayDelivery, () => listed),
    answerCalls(on.nats, calls.replayDeliveries, () => ({ replayed: 3 })),
    answerCalls(on.nats, calls.testWebhook, () => delivery),
    answerCalls(on.nats, calls.backfillWebhook, () => ({ added: 4, nextCursor: 'eA' })),
    answerCalls(on.nats, calls.rotateWebhookSecret, () => ({ secret: 'whsec_y', previousSecretUntil: view.createdAt })),
  ]);
  const from = '2030-01-01T00:00:00Z';
  expect(await on.call('GET', `${one}/deliveries?state=FAILED&from=${from}&cursor=9&limit=5`, { headers })).toMatchObject({
    body: { deliveries: [listed], nextCursor: '7' },
  });
  expect(workers[0]?.asked).toEqual([{ webhookId, state: 'FAILED', from, cursor: '9', limit: 5 }]);
  expect(await on.call('GET', `${one}/deliveries?state=LOST`, { headers })).toMatchObject({ status: 400 });
  expect(await on.call('GET', `${one}/deliveries/7`, { headers })).toMatchObject({ status: 200, body: delivery });
  expect(await on.call('POST', `${one}/deliveries/7/replay`, { headers })).toMatchObject({ status: 200, body: listed });
  expect(await on.call('POST', `${one}/replay`, { headers })).toMatchObject({ status: 200, body: { replayed: 3 } });
  expect(await on.call('POST', `${one}/replay`, { headers, body: { from } })).toMatchObject({ status: 200 });
  expect(workers[3]?.asked).toEqual([{ webhookId }, { webhookId, from }]);
  const backfill = await on.call('POST', `${one}/backfill`, { headers, body: { from: 'beginning' } });
  expect(backfill).toMatchObject({ status: 200, body: { added: 4, nextCursor: 'eA' } });
  expect(await on.call('POST', `${one}/backfill`, { headers, body: {} })).toMatchObject({ status: 400 });
  expect(await on.call('POST', `${one}/test`, { headers })).toMatchObject({ status: 200, body: delivery });
  expect(await on.call('POST', `${one}/secret`, { headers })).toMatchObject({ status: 200, body: { secret: 'whsec_y' } });
  for (const worker of workers) worker.stop();
});

test('an id that no endpoint or delivery can have is not found, without a call to a worker', async () => {
  expect(await on.call('GET', '/api/admin/webhooks/1', { headers })).toMatchObject({ status: 404 });
  expect(await on.call('GET', `${one}/deliveries/x`, { headers })).toMatchObject({ status: 404 });
});
