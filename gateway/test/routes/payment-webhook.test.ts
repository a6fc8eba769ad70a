import { createHmac } from 'node:crypto';
import { jetstreamManager } from '@nats-io/jetstream';
import { useTestServers } from 'dev/test';
import { isSigned, newId, newReservationId, paymentReceived, STREAMS } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const seconds = (): number => Math.floor(Date.now() / 1_000);

const paid = (more: object = {}) => ({
  eventId: `evt_${newId()}`,
  type: 'payment.succeeded',
  paymentId: newId(),
  orderId: newReservationId('00002a'),
  amountCents: 1_250,
  currency: 'EUR',
  ...more,
});

function signature(body: string, { secret = on.config.paymentWebhookSecret, time = seconds() } = {}): string {
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

/** Sends an event until it is stored, as the provider does. */
const send = (body: string, header: string | undefined = signature(body)) =>
  on.callWhenAwake('POST', '/api/payments/webhook', {
    body,
    headers: header === undefined ? {} : { 'seckill-signature': header },
  });

const stored = async (): Promise<number> => {
  const manager = await jetstreamManager(on.nats);
  return (await manager.streams.info(STREAMS.payments.name)).state.messages;
};

test('gets 200 once JetStream has the event, and counts once however often it is sent', async () => {
  const event = paid();
  const body = JSON.stringify(event, null, 2);
  const before = await stored();
  for (let i = 0; i < 3; i += 1) expect(await send(body)).toMatchObject({ status: 200, body: { received: true } });
  expect(await stored()).toBe(before + 1);
  const manager = await jetstreamManager(on.nats);
  const message = await manager.streams.getMessage(STREAMS.payments.name, { last_by_subj: paymentReceived.subject(event) });
  expect(message && paymentReceived.decode(message.data)).toEqual({ ...event, provider: 'http' });
});

test('with an event id that said something else before is stored too: no money is swallowed', async () => {
  const event = paid({ type: 'payment.failed' });
  const before = await stored();
  for (const type of ['payment.failed', 'payment.succeeded', 'payment.succeeded']) {
    expect(await send(JSON.stringify({ ...event, type }))).toMatchObject({ status: 200 });
  }
  expect(await stored()).toBe(before + 2);
});

describe('a wrong signature: SIGNATURE_INVALID, and nothing is stored', () => {
  const body = JSON.stringify(paid());
  test.each<[string, () => string | undefined]>([
    ['none', () => ''],
    ['of another secret', () => signature(body, { secret: 'another' })],
    ['of another body', () => signature(`${body} `)],
    ['too old', () => signature(body, { time: seconds() - 301 })],
    ['too far ahead', () => signature(body, { time: seconds() + 330 })],
    ['with another time', () => signature(body).replace(/t=\d+/, `t=${seconds() + 5}`)],
    ['cut short', () => signature(body).slice(0, -2)],
    ['without a time', () => signature(body).replace(/t=\d+,/, '')],
    ['in capitals', () => signature(body).toUpperCase()],
  ])('%s', async (_what, header) => {
    const before = await stored();
    expect(await send(body, header())).toMatchObject({ status: 401, code: 'SIGNATURE_INVALID' });
    expect(await stored()).toBe(before);
  });

  test('and no body at all', async () => {
    expect((await on.call('POST', '/api/payments/webhook')).code).toBe('SIGNATURE_INVALID');
  });
});

test('a signature younger than 300 s is valid', async () => {
  const body = JSON.stringify(paid());
  expect((await send(body, signature(body, { time: seconds() - 270 }))).status).toBe(200);
});

test('the tolerance is 300 s, either way', () => {
  const body = JSON.stringify(paid());
  const now = seconds();
  const isGood = (time: number) => isSigned([on.config.paymentWebhookSecret], signature(body, { time }), Buffer.from(body), now);
  expect([-301, -300, 300, 301].map((off) => isGood(now + off))).toEqual([false, true, true, false]);
});

describe('a signed body that is not a payment: VALIDATION_FAILED, naming the field', () => {
  test.each<[string, string, RegExp]>([
    ['no JSON', '{', /body/],
    ['an unknown type', JSON.stringify(paid({ type: 'payment.maybe' })), /type/],
    ['a malformed order id', JSON.stringify(paid({ orderId: 'x.>' })), /orderId/],
    ['a fraction of a cent', JSON.stringify(paid({ amountCents: 1.5 })), /amountCents/],
    ['an unknown field', JSON.stringify(paid({ extra: 1 })), /extra/],
    ["a field that is an operator's", JSON.stringify(paid({ settledBy: 'operator' })), /settledBy/],
    ['an event id with a line break', JSON.stringify(paid({ eventId: 'a\r\nb' })), /eventId/],
    ['too large', JSON.stringify(paid({ eventId: 'x'.repeat(20_000) })), /body/],
  ])('%s', async (_what, body, field) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    expect(answer.body.detail).toMatch(field);
  });
});
