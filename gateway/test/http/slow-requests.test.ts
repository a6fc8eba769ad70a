import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';

const servers = useTestServers();
let on: TestGateways;

/** Node looks for slow requests this often. */
const CHECK_EVERY_MS = 1_000;
const REQUEST = 'GET /api/sales HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());
beforeEach(() => {
  server().headersTimeout = 300;
});

function server() {
  const found = on.gateways[0]?.app.server;
  if (found === undefined) throw new Error('A gateway runs.');
  return found;
}

/** Returns a connection that the gateway has accepted, and the promise of all that it sends until it closes the connection. */
async function open(): Promise<{ socket: Socket; answer: Promise<string> }> {
  const { port, hostname } = new URL(on.gateways[0]?.url ?? '');
  const accepted = once(server(), 'connection');
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (data) => {
    text += data;
  });
  const answer = new Promise<string>((resolve) => {
    socket.on('close', () => resolve(text)).on('error', () => undefined);
  });
  await Promise.all([accepted, once(socket, 'connect')]);
  return { socket, answer };
}

test('a request that arrived while the gateway stood still is served', async () => {
  const { socket, answer } = await open();
  socket.write(REQUEST);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, CHECK_EVERY_MS + 200);
  expect(await answer).toMatch(/^HTTP\/1.1 200 /);
});

test('a connection on which nothing comes is closed without an answer', async () => {
  const { answer } = await open();
  expect(await answer).toBe('');
});

test('headers that come too slowly get a problem', async () => {
  const { socket, answer } = await open();
  socket.write(REQUEST.slice(0, -2));
  expect(await answer).toMatch(/^HTTP\/1.1 400 .*"code":"VALIDATION_FAILED".*too slowly/s);
});

test('a request that is in time is served', async () => {
  server().headersTimeout = 60_000;
  const { socket, answer } = await open();
  socket.write(REQUEST);
  expect(await answer).toMatch(/^HTTP\/1.1 200 /);
});
