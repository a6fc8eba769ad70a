import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { AddressRefused, AddressRules } from '../../src/webhooks/address-rules.ts';
import { WebhookPool } from '../../src/webhooks/webhook-pool.ts';

const servers: Server[] = [];
const pools: WebhookPool[] = [];

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function receiver(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?shop=1`;
}

function poolOf(url: string, allowed: true | string[] = true): WebhookPool {
  const pool = new WebhookPool(url, new AddressRules(allowed), 2);
  pools.push(pool);
  return pool;
}

const read = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

test('posts the body with its headers, and returns status and the beginning of the answer', async () => {
  const got: unknown[] = [];
  const url = await receiver(async (request, response) => {
    got.push([request.method, request.url, request.headers['webhook-id'], await read(request)]);
    response.writeHead(202).end('x'.repeat(10_000));
  });
  const answer = await poolOf(url).post('{"a":"愛"}', { 'webhook-id': 'paid:1' }, 5_000);
  expect(got).toEqual([['POST', '/hook?shop=1', 'paid:1', '{"a":"愛"}']]);
  expect(answer).toMatchObject({ status: 202, text: 'x'.repeat(2_048) });
});

test('connects to no address that is not allowed, given as a number or by name', async () => {
  let requests = 0;
  const url = await receiver((_, response) => {
    requests += 1;
    response.end();
  });
  await expect(poolOf(url, []).post('{}', {}, 5_000)).rejects.toThrow(AddressRefused);
  await expect(poolOf(url.replace('127.0.0.1', 'localhost'), []).post('{}', {}, 5_000)).rejects.toThrow(AddressRefused);
  expect(requests).toBe(0);
  await poolOf(url.replace('127.0.0.1', 'localhost'), ['127.0.0.0/8', '::1/128']).post('{}', {}, 5_000);
  expect(requests).toBe(1);
});

test('follows no redirect', async () => {
  let requests = 0;
  const url = await receiver((_, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(await poolOf(url).post('{}', {}, 5_000)).toMatchObject({ status: 307 });
  expect(requests).toBe(1);
});

test('gives up when the time is over, also while it waits for a connection', async () => {
  const url = await receiver(() => {});
  const pool = poolOf(url);
  const posts = [1, 2, 3].map(() => pool.post('{}', {}, 200));
  for (const result of await Promise.allSettled(posts)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { message: 'its time was up' } });
  }
});

test('sends again over a new connection if a kept one has been closed', async () => {
  let requests = 0;
  const url = await receiver((request, response) => {
    requests += 1;
    // The second request comes over the kept connection, which breaks.
    if (requests === 2) request.socket.destroy();
    else response.end('fine');
  });
  const pool = poolOf(url);
  await pool.post('{}', {}, 5_000);
  expect(await pool.post('{}', {}, 5_000)).toMatchObject({ status: 200, text: 'fine' });
  expect(requests).toBe(3);
});
