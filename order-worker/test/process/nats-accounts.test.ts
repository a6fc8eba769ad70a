import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AckPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { startPlatform } from 'dev';
import {
  calls,
  connectNats,
  deadLetter,
  decodeOrderEvents,
  orderEvent,
  STREAMS,
  saleEvent,
  soldOut,
  stockUnknown,
} from 'seckill-core';
import { BuyerApi, HttpClient, Operator, saleDraft, saleToRush } from 'simulation';
import { expect, onTestFinished, test } from 'vitest';
import { natsWithConfig } from '../../../seckill-core/test/bus/nats-with-config.ts';

const SHIPPED = readFileSync(new URL('../../../deploy/nats/accounts.conf', import.meta.url), 'utf8');
const stream = STREAMS.orders.name;
/** The reader's account has the API of the other one under this name. */
const apiPrefix = 'SECKILL.API';

async function startServer() {
  const { port } = await natsWithConfig(
    SHIPPED.replace(/\$NATS_(\w+)_PASSWORD/g, (_, user: string) => `${user.toLowerCase()}-secret`),
  );
  const urlOf = (user: string) => `nats://${user}:${user}-secret@127.0.0.1:${port}`;
  const connectAs = async (user: string): Promise<NatsConnection> => {
    const nc = await connectNats(urlOf(user), user);
    onTestFinished(() => nc.close());
    return nc;
  };
  return { urlOf, connectAs };
}

/** What an operator does once for each reader; docs/events.md has it as a command. */
async function makeConsumer(worker: NatsConnection): Promise<void> {
  const { consumers } = await jetstreamManager(worker);
  await consumers.add(stream, { durable_name: 'reader', ack_policy: AckPolicy.Explicit });
}

async function readAll(reader: NatsConnection): Promise<JsMsg[]> {
  const consumer = await jetstream(reader, { apiPrefix }).consumers.get(stream, 'reader');
  const messages: JsMsg[] = [];
  const { num_pending } = await consumer.info();
  for await (const message of await consumer.fetch({ max_messages: num_pending, expires: 10_000 })) {
    messages.push(message);
    await message.ackAck();
  }
  return messages;
}

/** Sells one unit to a buyer who pays, and one to a buyer who cancels. */
async function sellTwo(platform: Awaited<ReturnType<typeof startPlatform>>): Promise<void> {
  const client = new HttpClient({ connections: 5, timeoutMs: 30_000 });
  onTestFinished(() => client.close());
  const [url = ''] = platform.gatewayUrls;
  const [api, operator] = [new BuyerApi(client), new Operator(platform, client)];
  const sale = saleToRush(await operator.openSale(saleDraft({ stock: 2, payTimeoutSeconds: 300 })));
  const buy = async (userId: string) => {
    const { accessToken } = answered(await api.login(url, userId));
    const { purchaseToken } = answered(await api.purchaseToken(url, accessToken, sale.saleId, sale.itemId));
    const { reservationId } = answered(await api.reserve(url, purchaseToken));
    const becomes = (status: string) =>
      expect
        .poll(async () => answered(await api.reservation(url, accessToken, reservationId)).status, { timeout: 30_000 })
        .toBe(status);
    await becomes('ORDERED');
    return { accessToken, reservationId, becomes };
  };
  const payer = await buy('payer');
  await api.pay(answered(await api.startPayment(url, payer.accessToken, payer.reservationId)));
  await payer.becomes('PAID');
  const canceller = await buy('canceller');
  await api.cancel(url, canceller.accessToken, canceller.reservationId);
  await canceller.becomes('CANCELLED');
  await expect.poll(() => operator.audit(sale.saleId), { timeout: 30_000 }).toMatchObject({ holds: true });
}

function answered<Value>(answer: { ok: true; value: Value } | { ok: false; code: string }): Value {
  if (!answer.ok) throw new Error(`The gateway answered ${answer.code}.`);
  return answer.value;
}

test('the platform works under its own users, and a reader reads its events and can do nothing else', {
  timeout: 180_000,
}, async () => {
  const { urlOf, connectAs } = await startServer();
  const platform = await startPlatform({
    label: 'nats-accounts',
    env: { LOG_LEVEL: 'info' },
    envOf: (part) => ({ NATS_URL: urlOf(part.startsWith('gateway') ? 'gateway' : 'worker') }),
  });
  onTestFinished(() => platform.stop());
  const worker = await connectAs('worker');
  await makeConsumer(worker);
  await sellTwo(platform);
  const logs = readdirSync(platform.folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('log'));
  expect(logs.length).toBeGreaterThan(2);
  expect(logs.filter((file) => /permission/i.test(readFileSync(join(platform.folder, file), 'utf8')))).toEqual([]);

  const reader = await connectAs('reader');
  const read = await readAll(reader);
  const names = read.filter(({ subject }) => !saleEvent.owns(subject)).flatMap(({ data }) => decodeOrderEvents(data).events);
  expect(names.map(({ event }) => event).toSorted()).toEqual(['cancelled', 'created', 'created', 'paid', 'payment-begun']);
  expect(read.map(({ subject }) => subject.split('.').slice(1, 3).join('.'))).toContain('sale.published');
  await expectPowerless(reader, worker);
  await expectBounded(await connectAs('gateway'));
});

const forged = orderEvent.subject({ event: 'paid', saleId: 'forged' });
/** No worker of this test breaks a sale, so only the test sends it. */
const probe = stockUnknown.subjects;

const pushing = { stream_name: stream, config: { durable_name: 'mine', ack_policy: 'none', deliver_subject: 'evil' } };

/** Each as the platform's own users could send it, under both names of the API. */
const FORBIDDEN: [what: string, subject: string, request: string][] = [
  ['to call a worker', calls.overview.subject, '{}'],
  ...['$JS.API', apiPrefix].flatMap((api): typeof FORBIDDEN => [
    ['to read another stream', `${api}.STREAM.MSG.GET.${STREAMS.payments.name}`, '{"seq":1}'],
    ['to make a consumer that pushes', `${api}.CONSUMER.DURABLE.CREATE.${stream}.mine`, JSON.stringify(pushing)],
    ['to read as another consumer', `${api}.CONSUMER.MSG.NEXT.${stream}.other`, '1'],
    ['to list the streams', `${api}.STREAM.NAMES`, ''],
    ['to delete its consumer', `${api}.CONSUMER.DELETE.${stream}.reader`, ''],
    ['to empty the stream', `${api}.STREAM.PURGE.${stream}`, ''],
    ['to delete the stream', `${api}.STREAM.DELETE.${stream}`, ''],
  ]),
];

async function expectPowerless(reader: NatsConnection, worker: NatsConnection): Promise<void> {
  const heard: string[] = [];
  for (const subject of [forged, probe, soldOut.subjects])
    worker.subscribe(subject, { callback: (_, message) => void heard.push(message.subject) });
  const ears: string[] = [];
  reader.subscribe('>', { callback: (_, { subject }) => void ears.push(subject) });
  await worker.flush();
  const { streams, consumers } = await jetstreamManager(worker);
  const before = (await streams.info(stream)).state;
  for (const [what, subject, request] of FORBIDDEN) {
    const reply = await reader.request(subject, request, { timeout: 1_000 }).then(
      (message) => message.json<{ error?: object }>(),
      () => undefined,
    );
    expect({ what, done: reply !== undefined && reply.error === undefined }).toEqual({ what, done: false });
  }
  // Replies to subjects of the platform stay in the reader's account.
  ears.length = 0;
  for (const reply of ['evil', forged, soldOut.subjects, `$JS.API.STREAM.DELETE.${stream}`])
    reader.publish(`${apiPrefix}.CONSUMER.INFO.${stream}.reader`, '', { reply });
  reader.publish(forged, '[]');
  await reader.flush();
  await expect.poll(() => ears.filter((subject) => subject === 'evil').length).toBe(1);
  worker.publish(probe, '');
  await expect.poll(() => heard).toContain(probe);
  expect(heard).not.toContain(soldOut.subjects);
  expect(ears).not.toContain(probe);
  expect(heard).not.toContain(forged);
  expect((await streams.info(stream)).state).toMatchObject({
    first_seq: before.first_seq,
    consumer_count: before.consumer_count,
  });
  expect((await consumers.info(stream, 'reader')).config.deliver_subject).toBeUndefined();
}

/** A gateway that was broken into can announce winners and call workers; it cannot write facts or change streams. */
async function expectBounded(gateway: NatsConnection): Promise<void> {
  const violations: string[] = [];
  const watch = (async () => {
    for await (const status of gateway.status()) if (status.type === 'error') violations.push(status.error.message);
  })();
  for (const subject of [forged, deadLetter.subject({ consumer: 'orders' }), `$JS.API.STREAM.DELETE.${stream}`])
    gateway.publish(subject, '[]');
  await expect.poll(() => violations.length).toBe(3);
  await gateway.close();
  await watch;
  for (const each of violations) expect(each).toMatch(/permission/i);
}
