import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { useTestServers } from 'dev/test';
import { ANSWERS } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openSale, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

interface Parts {
  path?: string;
  /** All headers except `Host`, one in each string. */
  headers?: string[];
  body?: string;
}

function requestOf({ path = '/api/reservations', headers = ['Content-Type: application/json'], body = '' }: Parts): string {
  const length = headers.some((line) => line.startsWith('Transfer-Encoding')) ? [] : [`Content-Length: ${body.length}`];
  return [`POST ${path} HTTP/1.1`, 'Host: x', ...headers, ...length, '', body].join('\r\n');
}

function connectTo({ gateways }: TestGateways): Promise<Socket> {
  const { port, hostname } = new URL(gateways[0]?.url ?? '');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.setEncoding('latin1').on('error', reject);
  });
}

/** Resolves with all that comes until `isAll`, or until the server closes the connection. */
function read(socket: Socket, isAll: (text: string) => boolean = () => false): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    const done = () => {
      socket.off('data', more).off('close', done);
      resolve(text);
    };
    const more = (data: string) => {
      text += data;
      if (isAll(text)) done();
    };
    socket.on('data', more).on('close', done);
  });
}

/** Sends a text in one packet. Resolves when the server closes the connection. */
async function send(text: string): Promise<string> {
  const socket = await connectTo(on);
  socket.write(text, 'latin1');
  return read(socket);
}

/** An answer without what differs each time. */
function constant(answer: string): string {
  return answer.replace(/Date: .*\r\n/, '').replace(/"requestId":"[^"]+"/, '');
}

const token = 'x'.repeat(40);
const body = JSON.stringify({ purchaseToken: token });
const CLOSE = 'Connection: close';
const JSON_TYPE = 'Content-Type: application/json';
const usual = () => send(requestOf({ headers: [JSON_TYPE, CLOSE], body }));

describe('an unusual request gets the answer to the usual one', () => {
  test.each<[string, Parts]>([
    ['with a query', { path: '/api/reservations?from=mail', headers: [JSON_TYPE, CLOSE], body }],
    ['with a parameter of the content type', { headers: ['Content-Type: application/json; charset="utf-8"', CLOSE], body }],
    ['with a content type in capitals', { headers: ['Content-Type: Application/JSON', CLOSE], body }],
    ['with its fields in another form', { headers: [JSON_TYPE, CLOSE], body: ` {"quantity":1 , "purchaseToken":"${token}"}` }],
    [
      'in chunks',
      {
        headers: [JSON_TYPE, CLOSE, 'Transfer-Encoding: chunked'],
        body: `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
      },
    ],
  ])('%s', async (_, parts) => {
    const expected = await usual();
    expect(expected).toMatch(/^HTTP\/1\.1 401 .*"code":"TOKEN_INVALID"/s);
    expect(constant(await send(requestOf(parts)))).toBe(constant(expected));
  });

  test('in two packets', async () => {
    const socket = await connectTo(on);
    const text = requestOf({ headers: [JSON_TYPE, CLOSE], body });
    // The gateway runs in this process: it sees the first packet before the second is sent.
    on.gateways[0]?.app.server.once('request', () => setImmediate(() => socket.write(text.slice(-10), 'latin1')));
    socket.write(text.slice(0, -10), 'latin1');
    expect(constant(await read(socket))).toBe(constant(await usual()));
  });

  test('with "Expect: 100-continue"', async () => {
    const socket = await connectTo(on);
    const text = requestOf({ headers: [JSON_TYPE, CLOSE, 'Expect: 100-continue'], body });
    socket.write(text.slice(0, -body.length), 'latin1');
    expect(await read(socket, (answer) => answer.endsWith('\r\n\r\n'))).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body, 'latin1');
    expect(constant(await read(socket))).toBe(constant(await usual()));
  });

  test('while the gateway closes, except that the connection ends', async () => {
    let answer = '';
    while (answer === '') answer = await answerWhileClosing();
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain('"code":"TOKEN_INVALID"');
  });

  /** Returns nothing if this process stalls for so long that the gateway gives up waiting for the rest of the request. */
  async function answerWhileClosing(): Promise<string> {
    const closing = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
    const accepted = once(closing.gateways[0]?.app.server as Server, 'connection');
    const socket = await connectTo(closing);
    const [itsOtherEnd] = await accepted;
    const ended = read(await connectTo(closing));
    const text = requestOf({ body });
    socket.write(text, 'latin1');
    expect(await read(socket, (first) => first.endsWith('}'))).toMatch(/\r\nconnection: keep-alive\r\n/i);
    socket.write(text.slice(0, 20), 'latin1');
    await expect.poll(() => itsOtherEnd.bytesRead).toBe(text.length + 20);
    const closed = closing.gateways[0]?.close();
    // A gateway that closes first ends the connections that have sent nothing.
    await ended;
    socket.write(text.slice(20), 'latin1');
    const answer = await read(socket);
    await closed;
    await closing.nats.close();
    closing.redis.disconnect();
    return answer;
  }
});

test('a refused body leaves the connection to the next request, and requests sent at once are answered in order', async () => {
  const { itemId } = await openSale(on, { stock: 1 });
  const winner = JSON.stringify({ purchaseToken: ticketFor(on, itemId, 'pipelined').purchaseToken });
  const refused = requestOf({ body: '{"purchaseToken":1}' });
  const socket = await connectTo(on);
  socket.write(`${refused}${requestOf({ body })}${requestOf({ body: winner })}${requestOf({ headers: [JSON_TYPE, CLOSE] })}`);
  const answers = await read(socket);
  const statuses = Array.from(answers.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status);
  expect(statuses[0]).toBe('400');
  expect(statuses[1]).toBe('401');
  // If this process stalls, the gateway gives up with 503.
  expect(['202', '503']).toContain(statuses[2]);
  expect(statuses[3]).toBe('400');
  expect(answers).toContain('"detail":"purchaseToken must be string."');
});

test('a client that goes away in the middle of a body changes nothing', async () => {
  const socket = await connectTo(on);
  const { server } = on.gateways[0]?.app ?? {};
  const arrived = new Promise((resolve) => server?.once('request', (request) => request.once('close', resolve)));
  socket.write(requestOf({ body }).slice(0, -10), 'latin1', () => socket.destroy());
  await arrived;
  expect(await usual()).toContain('TOKEN_INVALID');
});

test('every answer is ASCII: its length in characters is its length in bytes', () => {
  for (const { title, detail } of Object.values(ANSWERS)) expect(title + detail).toMatch(/^[ -~]*$/);
});
