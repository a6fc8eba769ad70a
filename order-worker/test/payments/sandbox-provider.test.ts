import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SandboxProvider } from '../../src/index.ts';

const payment = { paymentId: 'payment', orderId: 'order', amountCents: 1, currency: 'EUR' };
const checkout = { checkoutUrl: 'http://checkout.test/1' };

/** A payment provider that answers as a test tells it to. */
let server: Server;
let provider: SandboxProvider;
let answer: (response: ServerResponse, request: IncomingMessage) => void;
let requests: { socket: Socket }[];

const json = (body: unknown, status = 200) => text(JSON.stringify(body), status);
const text =
  (body: string, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status).end(body);
  };

beforeEach(async () => {
  requests = [];
  answer = json(checkout);
  server = createServer((request, response) => {
    requests.push({ socket: request.socket });
    answer(response, request);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  provider = new SandboxProvider(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const failureOf = async (work: Promise<unknown>): Promise<Error> => {
  const error = await work.then(
    () => new Error('It did not fail.'),
    (reason: Error) => reason,
  );
  expect(error.name).toBe('ProviderUnavailable');
  // What the provider answered may name a buyer.
  for (let each: unknown = error; each instanceof Error; each = each.cause) expect(each.message).not.toContain('auth0');
  return error;
};

describe('a provider that answers', () => {
  test.each([
    ['a page', text('<html>auth0|secret</html>'), 'answered 200 to /checkouts with what is not JSON'],
    ['nothing', text('', 204), 'answered 204 to /checkouts with what is not JSON'],
    ['half a JSON text', text('{"checkoutUrl":"auth0'), 'answered 200 to /checkouts with what is not JSON'],
    ['other fields', json({ url: 'http://auth0' }), 'answered 200 to /checkouts with JSON that does not fit'],
    ['no object', json([checkout]), 'answered 200 to /checkouts with JSON that does not fit'],
    ['null', json(null), 'answered 200 to /checkouts with JSON that does not fit'],
    ['an address that is no page', json({ checkoutUrl: 'javascript:auth0()' }), 'with JSON that does not fit'],
    ['a refusal', json({ error: 'auth0|secret' }, 422), 'answered 422 to /checkouts'],
    ['more than 64 KiB', json({ ...checkout, more: 'auth0'.repeat(20_000) }), 'its answer is longer than 65536 bytes'],
    ['bytes without end', endless, 'its answer is longer than 65536 bytes'],
  ])('%s is away, and its answer is in no error', async (_, given, says) => {
    answer = given;
    expect((await failureOf(provider.createCheckout(payment))).message).toContain(says);
    answer = json({ ...checkout, more: 'fields' }, 201);
    expect(await provider.createCheckout(payment)).toMatchObject(checkout);
  });

  test('a page has not accepted a refund', async () => {
    answer = text('<html>Please sign in.</html>');
    expect((await failureOf(provider.refund(payment))).message).toContain('answered 200 to /refunds with what is not JSON');
    answer = json({ refundId: 're_1' });
    await provider.refund(payment);
  });
});

function endless(response: ServerResponse): void {
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(10_000)));
  };
  response.on('drain', more);
  more();
}

describe('a connection that breaks', () => {
  const breakIf = (isStale: (socket: Socket) => boolean) => {
    answer = (response, request) => (isStale(request.socket) ? request.socket.destroy() : json(checkout)(response));
  };

  test('after it was kept open: the request is sent once more, over a new one', async () => {
    await provider.createCheckout(payment);
    const kept = new Set(requests.map(({ socket }) => socket));
    breakIf((socket) => kept.has(socket));
    expect(await provider.createCheckout(payment)).toEqual(checkout);
    expect(requests).toHaveLength(3);
  });

  test('when all kept ones do: so is every request', async () => {
    await Promise.all(Array.from({ length: 20 }, () => provider.createCheckout(payment)));
    const kept = new Set(requests.map(({ socket }) => socket));
    breakIf((socket) => kept.has(socket));
    await Promise.all(Array.from({ length: 20 }, () => provider.createCheckout(payment)));
  });

  test('when it is new: the provider is away, and the request is not repeated', async () => {
    breakIf(() => true);
    expect((await failureOf(provider.createCheckout(payment))).message).toContain(
      'did not answer /checkouts: Error: socket hang up',
    );
    expect(requests).toHaveLength(1);
  });

  test('again: the provider is away', async () => {
    await provider.createCheckout(payment);
    breakIf(() => true);
    await failureOf(provider.createCheckout(payment));
    expect(requests).toHaveLength(3);
  });
});
