import { useTestServers } from 'dev/test';
import { ANSWERS, signWebhook } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken } from '../support/sales.ts';
import { textInputs } from './text-inputs.ts';

const servers = useTestServers();
let on: TestGateways;
// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
let document: any;

beforeAll(async () => {
  const env = { SIMULATED_BUYERS_URL: 'http://127.0.0.1:9/' };
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, env });
  document = (await on.call('GET', '/openapi.json')).body;
});
afterAll(() => on?.close());

const CONTRACT = [
  'get /api/sales',
  'get /api/sales/{saleId}',
  'post /api/sales/{saleId}/queue',
  'get /api/queue/{ticketId}',
  'get /api/queue/{ticketId}/live',
  'post /api/sales/{saleId}/items/{itemId}/purchase-token',
  'post /api/reservations',
  'get /api/reservations/{reservationId}',
  'get /api/orders',
  'get /api/orders/{orderId}',
  'post /api/orders/{orderId}/payments',
  'post /api/orders/{orderId}/cancel',
  'post /api/payments/webhook',
  'post /api/admin/sales',
  'get /api/admin/sales',
  'get /api/admin/sales/{saleId}',
  'post /api/admin/sales/{saleId}/publish',
  'post /api/admin/sales/{saleId}/pause',
  'post /api/admin/sales/{saleId}/resume',
  'post /api/admin/sales/{saleId}/close',
  'post /api/admin/sales/{saleId}/items/{itemId}/stock',
  'get /api/admin/sales/{saleId}/audit',
  'get /api/admin/sales/{saleId}/report',
  'get /api/admin/sales/{saleId}/repairs',
  'post /api/admin/sales/{saleId}/repairs',
  'get /api/admin/jobs',
  'get /api/admin/jobs/{jobId}',
  'get /api/admin/events',
  'get /api/admin/orders',
  'get /api/admin/orders/{orderId}',
  'post /api/admin/orders/{orderId}/refund',
  'post /api/admin/orders/{orderId}/refunds/{refundId}/retry',
  'post /api/admin/orders/{orderId}/refunds/{refundId}/settled',
  'get /api/admin/refused-refunds',
  'get /api/admin/payment-providers',
  'get /api/admin/overview',
  'post /api/dev/login',
  'get /healthz',
  'get /readyz',
  'get /metrics',
];

test('the document has every call of the contract', () => {
  const calls = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(calls).toEqual(expect.arrayContaining(CONTRACT));
});

test('the answers of a purchase are documented with their codes', () => {
  const { responses, requestBody } = document.paths['/api/reservations'].post;
  expect(Object.keys(responses)).toEqual(['202', '400', '401', '403', '409', '410', '429', '500', '503']);
  const schema = responses['409'].content['application/problem+json'].schema;
  expect(schema.properties.code.enum).toEqual(['SOLD_OUT', 'LIMIT_REACHED']);
  expect(responses['409'].description).toContain(ANSWERS.LIMIT_REACHED.detail);
  expect(requestBody.content['application/json'].schema.additionalProperties).toBe(false);
});

test('the document marks the calls that need a sign-in', () => {
  expect(document.paths['/api/orders'].get.security).toEqual([{ user: [] }]);
  expect(document.paths['/api/admin/overview'].get.security).toEqual([{ admin: [] }]);
});

test('the page of the document loads nothing from another host', async () => {
  const page = await on.call('GET', '/docs/');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  const script = await on.call('GET', '/docs/static/swagger-initializer.js');
  expect(script.text).toMatch(/"?validatorUrl"?:\s*null/);
  for (const text of [page.text, script.text]) expect(text).not.toMatch(/(src|href)="https?:/);
});

test.each([
  ['U+0000', 'a\0b'],
  ['half of a surrogate pair', 'a\ud83d'],
])('a text with %s is refused in every field of every call, and the field is named', async (_, bad) => {
  const inputs = textInputs(document, bad).filter(({ query }) => query === '' || bad.includes('\0'));
  expect(inputs.map(({ method, path, field }) => `${method} ${path.split('/').at(-1)} ${field}`)).toEqual(
    expect.arrayContaining([
      'post sales title',
      'post sales items.0.title',
      'post login userId',
      'post reservations purchaseToken',
      'post webhook eventId',
    ]),
  );
  const bearer = { user: await accessToken(on, 'ada'), admin: { authorization: `Bearer ${on.config.adminToken}` } };
  for (const { method, path, field, security, query, body } of inputs) {
    const signature = signWebhook(on.config.paymentWebhookSecret, JSON.stringify(body ?? ''), Math.floor(Date.now() / 1_000));
    const headers = { 'seckill-signature': signature, ...(security === undefined ? {} : bearer[security]) };
    const options = { headers, ...(body === undefined ? {} : { body }) };
    const answer = await on.call(method.toUpperCase(), `${path}${query}`, options);
    expect([path, field, answer.code, answer.body.detail]).toEqual([
      path,
      field,
      'VALIDATION_FAILED',
      expect.stringContaining(field),
    ]);
  }
});
