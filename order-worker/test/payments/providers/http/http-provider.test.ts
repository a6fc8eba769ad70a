import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { signWebhook } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HttpProvider } from '../../../../src/payments/providers/http/http-provider.ts';
import { collect, giveUpAt, paymentOf } from './payment.ts';

const payment = paymentOf('01890000-0000-7000-8000-000000000001');
const refund = { refundId: payment.paymentId, payment, paidCents: 1_250, amountCents: 1_250, currency: 'EUR', reason: 'late' };
const checkout = { checkoutUrl: 'http://checkout.test/1' };

/** A payment provider that answers as a test tells it to. */
let server: Server;
let provider: HttpProvider;
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = new HttpProvider({
    url,
    secrets: [],
    notifyUrl: 'http://shop.test/notify',
    returnUrl: (id) => `http://shop.test/${id}`,
  });
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
    ['other fields', json({ url: 'http://auth0' }), 'answered /checkouts with no way to pay'],
    ['no object', json([checkout]), 'answered 200 to /checkouts with JSON that does not fit'],
    ['null', json(null), 'answered 200 to /checkouts with JSON that does not fit'],
    ['an address that is no page', json({ checkoutUrl: 'javascript:auth0()' }), 'with JSON that does not fit'],
    ['no way to pay', json({ providerRef: 'auth0' }), 'answered /checkouts with no way to pay'],
    ['a refusal without a reason', json({ error: 'auth0|secret' }, 422), 'answered 422 to /checkouts'],
    ['more than 64 KiB', json({ ...checkout, more: 'auth0'.repeat(20_000) }), 'its answer is longer than 65536 bytes'],
    ['bytes without end', endless, 'its answer is longer than 65536 bytes'],
  ])('%s is away, and its answer is in no error', async (_, given, says) => {
    answer = given;
    expect((await failureOf(provider.createCheckout(payment, giveUpAt()))).message).toContain(says);
    answer = json({ ...checkout, more: 'fields' }, 201);
    expect(await provider.createCheckout(payment, giveUpAt())).toMatchObject(checkout);
  });

  test('a page has not accepted a refund', async () => {
    answer = text('<html>Please sign in.</html>');
    expect((await failureOf(provider.refund(refund, giveUpAt()))).message).toContain(
      'answered 200 to /refunds with what is not JSON',
    );
    answer = json({ state: 'done' });
    await provider.refund(refund, giveUpAt());
  });
});

describe('what a provider says', () => {
  test('a refusal with a reason is final: of a checkout without its words, of a refund with them', async () => {
    answer = json({ reason: 'auth0 has no account' }, 422);
    const error = await provider.createCheckout(payment, giveUpAt()).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'ProviderRefused', message: 'The payment provider refuses this payment.' });
    expect(await provider.refund(refund, giveUpAt())).toEqual({ state: 'refused', reason: 'auth0 has no account' });
  });

  test.each([
    ['a status that closes nothing', json({ state: 'open' })],
    ['paid without an amount', json({ state: 'paid', currency: 'EUR', paidAt: 1 })],
    ['not found, perhaps by a proxy', json({ state: 'closed' }, 404)],
  ])('a checkout is not closed if the answer is %s', async (_, given) => {
    answer = given;
    await failureOf(provider.closeCheckout(payment, giveUpAt()));
  });

  test('a statement is read line by line, and one with a wrong line is no statement', async () => {
    const line = { kind: 'payment', paymentId: payment.paymentId, amountCents: 1, currency: 'EUR', at: 2 };
    answer = text(`${JSON.stringify(line)}\n\n${JSON.stringify(line)}`);
    expect(await collect(provider.readStatement('2026-11-11'))).toEqual([line, line]);
    answer = text(`${JSON.stringify(line)}\n<html>auth0</html>\n`);
    await failureOf(collect(provider.readStatement('2026-11-11')));
    answer = text('', 202);
    await expect(collect(provider.readStatement('2026-11-11'))).rejects.toMatchObject({ name: 'StatementNotReady' });
  });
});

test('a notification of a stranger is refused', async () => {
  const [secret, now] = ['a secret', Math.floor(Date.now() / 1_000)];
  const options = { url: 'http://127.0.0.1:9', notifyUrl: '', returnUrl: () => '' };
  const signed = new HttpProvider({ ...options, secrets: [secret, 'the one before'] });
  const { paymentId, orderId } = payment;
  const money = { paymentId, orderId, amountCents: 1_250, currency: 'EUR' };
  // What only an operator may say is not taken over.
  const done = { eventId: 'one', type: 'refund.done', refundId: paymentId, ...money, settledBy: 'operator' };
  const body = JSON.stringify(done);
  const read = (signature: string | undefined, text = body) =>
    signed.readNotification(Buffer.from(text), signature === undefined ? {} : { 'seckill-signature': signature });
  const refused = { kind: 'invalid', answer: { status: 401 } };
  expect(await read(undefined)).toMatchObject(refused);
  expect(await read(signWebhook('another secret', body, now))).toMatchObject(refused);
  expect(await read(signWebhook(secret, body, now - 301))).toMatchObject(refused);
  expect(await read(signWebhook(secret, body, now), body.replace('1250', '1'))).toMatchObject(refused);
  expect(await read(signWebhook(secret, '{}', now), '{}')).toMatchObject({ kind: 'invalid', answer: { status: 400 } });
  for (const each of [secret, 'the one before']) {
    expect(await read(signWebhook(each, body, now))).toMatchObject({
      answer: { status: 200 },
      events: [{ kind: 'refund', eventId: 'one', refundId: paymentId, ...money, standing: { state: 'done' } }],
    });
  }
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
    await provider.createCheckout(payment, giveUpAt());
    const kept = new Set(requests.map(({ socket }) => socket));
    breakIf((socket) => kept.has(socket));
    expect(await provider.createCheckout(payment, giveUpAt())).toEqual(checkout);
    expect(requests).toHaveLength(3);
  });

  test('when all kept ones do: so is every request', async () => {
    await Promise.all(Array.from({ length: 20 }, () => provider.createCheckout(payment, giveUpAt())));
    const kept = new Set(requests.map(({ socket }) => socket));
    breakIf((socket) => kept.has(socket));
    await Promise.all(Array.from({ length: 20 }, () => provider.createCheckout(payment, giveUpAt())));
  });

  test('when it is new: the provider is away, and the request is not repeated', async () => {
    breakIf(() => true);
    expect((await failureOf(provider.createCheckout(payment, giveUpAt()))).message).toContain(
      'did not answer /checkouts: Error: socket hang up',
    );
    expect(requests).toHaveLength(1);
  });

  test('again: the provider is away', async () => {
    await provider.createCheckout(payment, giveUpAt());
    breakIf(() => true);
    await failureOf(provider.createCheckout(payment, giveUpAt()));
    expect(requests).toHaveLength(3);
  });
});
