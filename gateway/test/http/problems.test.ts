import { request } from 'node:http';
import { connect } from 'node:net';
import { useTestServers } from 'dev/test';
import { ANSWERS } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../support/call.ts';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openSale, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const reserve = (body: unknown, headers?: Record<string, string>) =>
  on.call('POST', '/api/reservations', { body, ...(headers === undefined ? {} : { headers }) });

test('every problem has the members of RFC 9457 and a unique request id', async () => {
  const [one, other] = [await reserve({ purchaseToken: 'x' }), await reserve({ purchaseToken: 'x' })];
  expect(one.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(Object.keys(one.body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
  expect(one.body).toMatchObject({ status: 401, code: 'TOKEN_INVALID', title: ANSWERS.TOKEN_INVALID.title });
  expect(one.body.requestId).not.toBe(other.body.requestId);
});

describe('invalid bodies: VALIDATION_FAILED, naming the field', () => {
  const token = 'x'.repeat(40);
  test.each<[string, unknown, RegExp]>([
    ['no JSON', '{"purchaseToken":', /body/],
    ['an empty body', '', /body/],
    ['null', 'null', /body/],
    ['an array', '[]', /body/],
    ['a text', '"x"', /body/],
    ['a missing field', {}, /purchaseToken/],
    ['a number for a text', { purchaseToken: 1 }, /purchaseToken/],
    ['null for a text', { purchaseToken: null }, /purchaseToken/],
    ['a token too long', { purchaseToken: 'x'.repeat(500) }, /purchaseToken/],
    ['an unknown field', { purchaseToken: token, price: 1 }, /price/],
    ['a dangerous field', '{"purchaseToken":"x","__proto__":{"quantity":5}}', /__proto__/],
    ['a dangerous field of another call', '{"purchaseToken":"x","constructor":{"prototype":{}}}', /constructor/],
    ['quantity 0', { purchaseToken: token, quantity: 0 }, /quantity/],
    ['a negative quantity', { purchaseToken: token, quantity: -1 }, /quantity/],
    ['a fractional quantity', { purchaseToken: token, quantity: 1.5 }, /quantity/],
    ['a quantity as text', { purchaseToken: token, quantity: '1' }, /quantity/],
    ['no quantity', { purchaseToken: token, quantity: null }, /quantity/],
    ['a body too large', { purchaseToken: 'x'.repeat(10_000) }, /body/],
  ])('%s', async (_what, body, field) => {
    const answer = await reserve(body);
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect(answer.body.detail).toMatch(field);
    expect(answer.text).not.toMatch(/ {4}at |node_modules|FST_|Error:/);
  });

  test('a body that is not declared as JSON', async () => {
    const answer = await reserve('purchaseToken=x', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect(answer.body.detail).toMatch(/content-type/);
  });

  test('a huge quantity is above the limit', async () => {
    const { itemId } = await openSale(on);
    const { purchaseToken } = ticketFor(on, itemId, 'huge');
    for (const quantity of [2, 1e15, 1e300]) {
      const answer = await on.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken, quantity } });
      expect(answer.code).toBe('LIMIT_REACHED');
    }
  });

  test('an unknown query parameter', async () => {
    const { body } = await on.call('POST', '/api/dev/login', { body: { userId: 'query' } });
    const headers = { authorization: `Bearer ${body.accessToken}` };
    expect(await on.call('GET', '/api/orders?page=2', { headers })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect((await on.call('GET', '/api/orders?limit=0', { headers })).body.detail).toMatch(/limit/);
  });
});

test('a call without a body may declare a content type', async () => {
  const { saleId, itemId } = await openSale(on);
  const { body } = await on.call('POST', '/api/dev/login', { body: { userId: 'bodiless' } });
  for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
    const headers = { authorization: `Bearer ${body.accessToken}`, 'content-type': type };
    expect((await on.call('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers })).status).toBe(201);
    expect(await on.call('POST', '/api/dev/login', { headers })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  }
});

describe('addresses', () => {
  test.each([
    ['GET', '/nowhere'],
    ['GET', '/api'],
    ['POST', '/api/sales/x/y'],
    ['GET', '/docs/../../etc/passwd'],
  ])('%s %s: NOT_FOUND', async (method, path) => {
    expect(await on.call(method, path)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('another method: METHOD_NOT_ALLOWED, with the allowed methods', async () => {
    const answer = await on.call('PUT', '/api/reservations', { body: {} });
    expect(answer).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' });
    expect(answer.headers.get('allow')).toContain('POST');
  });

  test('another spelling of an address: VALIDATION_FAILED, without the admin token being read', async () => {
    const url = new URL(on.gateways[0]?.url ?? '');
    for (const path of [
      '/console/../',
      '//',
      '/%61pi/sales',
      '/api/admin/sales/x%2f..%2f..',
      '/api//sales',
      '/api/sales/./',
      `${url}api/sales`,
    ]) {
      const status = await new Promise((resolve, reject) => {
        const call = request({ host: url.hostname, port: url.port, path, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        call.on('error', reject).end();
      });
      expect([path, status]).toEqual([path, 400]);
    }
  });

  test('an unknown address costs little more than a known one, however many parts it has', async () => {
    const app = on.gateways[0]?.app;
    const fastest = async (path: string): Promise<number> => {
      const times = [];
      for (let i = 0; i < 40; i += 1) {
        const since = performance.now();
        await app?.inject(path);
        times.push(performance.now() - since);
      }
      return Math.min(...times);
    };
    const known = await fastest('/healthz');
    for (const path of [`/${'/'.repeat(8_000)}`, '/a'.repeat(1_000), `/api/sales/${'a'.repeat(2_000)}`]) {
      expect((await app?.inject(path))?.statusCode).toBeGreaterThanOrEqual(400);
      expect(await fastest(path)).toBeLessThan(4 * known);
    }
  });

  test('a URL that cannot be decoded: VALIDATION_FAILED', async () => {
    expect(await on.call('GET', '/api/sales/%zz')).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('a very long id: NOT_FOUND', async () => {
    expect((await on.call('GET', `/api/sales/${'x'.repeat(2_000)}`)).code).toBe('NOT_FOUND');
  });

  test('input that is not HTTP, and headers that are too large, get a problem too', async () => {
    const url = new URL(on.gateways[0]?.url ?? '');
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = '';
        const socket = connect(Number(url.port), url.hostname, () => socket.write(text));
        socket.on('data', (data) => {
          answer += data.toString();
        });
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      });
    expect(await raw('HELLO\r\n\r\n')).toMatch(/^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED"/s);
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toContain('"code":"VALIDATION_FAILED"');
  });
});

test('a request whose body comes too slowly gets a problem and loses its connection', async () => {
  const { server } = on.gateways[0]?.app ?? {};
  if (server === undefined) throw new Error('no gateway');
  expect([server.requestTimeout, server.headersTimeout]).toEqual([10_000, 5_000]);
  server.requestTimeout = 300;
  const url = new URL(on.gateways[0]?.url ?? '');
  let dripping: NodeJS.Timeout | undefined;
  const answer = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connect(Number(url.port), url.hostname, () => {
      socket.write('POST /api/payments/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 16000\r\n\r\n');
      dripping = setInterval(() => socket.write('x'), 50);
    });
    socket.on('data', (data) => {
      text += data.toString();
    });
    // A byte that meets a closed connection is an error after the answer.
    socket.on('close', () => resolve(text)).on('error', () => undefined);
  });
  clearInterval(dripping);
  server.requestTimeout = 10_000;
  expect(answer).toMatch(/^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED".*too slowly/s);
});

test('the page behind `type` explains every code', async () => {
  const answer = await on.call('GET', '/problems');
  expect(answer.status).toBe(200);
  for (const code of Object.keys(ANSWERS)) expect(answer.text).toContain(`id="${code}"`);
});

test('without DEV_LOGIN there is no development login', async () => {
  const closed = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, env: { DEV_LOGIN: 'false' } });
  const url = `${closed.gateways[0]?.url}/api/dev/login`;
  expect(await call(url, 'POST', { body: { userId: 'root' } })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  await closed.close();
});
