import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { useTestServers } from 'dev/test';
import {
  BatchConsumer,
  broadcast,
  callRpc,
  connectNats,
  type Delivery,
  deadLetter,
  defineRpc,
  ensureStreams,
  listen,
  newId,
  newReservationId,
  Publisher,
  readEnvironment,
  readWins,
  STREAMS,
  type StockReserved,
  saleChanged,
  send,
  serveRpc,
  settings,
  stockReserved,
  type Winners,
  winnersOf,
} from 'seckill-core';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { PATIENCE_MS } from './use-nats.ts';

const servers = useTestServers();
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** One environment on the server that all of them share. */
async function join(prefix?: string) {
  const nc = await connectNats(servers.natsUrl, 'test', { prefix });
  const jsm = await jetstreamManager(nc, { timeout: PATIENCE_MS });
  const publisher = new Publisher(nc, { ackTimeoutMs: PATIENCE_MS });
  return { nc, jsm, publisher, ensure: () => ensureStreams(jsm, { prefix, storeBytes: 50_000_000 }) };
}
type Environment = Awaited<ReturnType<typeof join>>;

let plain: Environment;
let blue: Environment;
let green: Environment;

beforeAll(async () => {
  [plain, blue, green] = await Promise.all([join(), join('blue'), join('green')]);
  for (const { ensure } of [plain, blue, green]) await ensure();
});
afterAll(async () => {
  for (const { publisher, nc } of [plain, blue, green]) {
    await publisher.close();
    await nc.drain();
    expect(nc.isClosed()).toBe(true);
  }
});

const saleId = newId();
const itemId = '00002a';
const win = (userId: string): Winners =>
  winnersOf([{ reservationId: newReservationId(itemId), userId, quantity: 1, saleId, itemId, reservedAt: 1 }]);

test('each environment has its own streams, whose names and subjects begin with its prefix', async () => {
  const all: Record<string, string[]> = {};
  for await (const { config } of plain.jsm.streams.list()) all[config.name] = config.subjects;
  const expected = Object.values(STREAMS).flatMap(({ name, subjects }) => [
    [name, [...subjects]],
    [`blue_${name}`, subjects.map((subject) => `blue.${subject}`)],
    [`green_${name}`, subjects.map((subject) => `green.${subject}`)],
  ]);
  expect(all).toEqual(Object.fromEntries(expected));
  expect((await blue.jsm.streams.info(STREAMS.orders.name)).config).toMatchObject({
    name: STREAMS.orders.name,
    subjects: STREAMS.orders.subjects,
  });
  await blue.ensure();
});

test('a winner, a dead letter and their consumers stay in their environment', async () => {
  const handled: Record<string, string[]> = {};
  const consume = async (name: string, { nc, publisher }: Environment) => {
    const seen: string[] = [];
    handled[name] = seen;
    const consumer = new BatchConsumer<StockReserved>({
      nc,
      publisher,
      log: quiet,
      stream: STREAMS.reservations.name,
      durable: 'orders',
      filterSubject: stockReserved.subject({ saleId, itemId }),
      decode: readWins,
      handle: async (batch: readonly Delivery<StockReserved>[]) => {
        for (const delivery of batch) {
          seen.push(delivery.value.userId);
          if (delivery.value.userId === 'blue-bad') delivery.giveUp('a reason');
        }
      },
    });
    await consumer.start();
    onTestFinished(() => consumer.stop());
  };
  await consume('plain', plain);
  await consume('blue', blue);
  await consume('green', green);
  await send(blue.publisher, stockReserved, win('blue-good'));
  await send(blue.publisher, stockReserved, win('blue-bad'));
  await send(green.publisher, stockReserved, win('green-good'));
  await send(plain.publisher, stockReserved, win('plain-good'));
  await expect.poll(() => handled).toEqual({ plain: ['plain-good'], blue: ['blue-good', 'blue-bad'], green: ['green-good'] });

  const { name, subjects } = STREAMS.deadLetters;
  const subject = deadLetter.subject({ consumer: 'orders' });
  const letters = async ({ jsm }: Environment) =>
    (await jsm.streams.info(name, { subjects_filter: subjects[0] })).state.subjects ?? {};
  await expect.poll(() => letters(blue)).toEqual({ [subject]: 1 });
  expect(await letters(plain)).toEqual({});
  expect(await letters(green)).toEqual({});
  const stored = await blue.jsm.streams.getMessage(name, { last_by_subj: subject });
  expect(stored?.subject).toBe(subject);
  // A replay publishes it again under the subject that the letter names.
  expect(deadLetter.decode(stored?.data ?? Buffer.of())).toMatchObject({
    stream: STREAMS.reservations.name,
    subject: stockReserved.subject(win('')),
  });
});

test('calls and broadcasts stay in their environment', async () => {
  const whoAreYou = defineRpc('who-are-you', Type.Object({}), Type.Object({ name: Type.String() }));
  const heard: string[] = [];
  const serve = (name: string, { nc }: Environment) => {
    const serving = serveRpc(nc, whoAreYou, async () => ({ name }), quiet);
    const listening = listen(nc, saleChanged, ({ version }) => heard.push(`${name} ${version}`));
    onTestFinished(() => {
      serving.unsubscribe();
      listening.unsubscribe();
    });
  };
  serve('blue', blue);
  serve('green', green);
  await Promise.all([blue.nc.flush(), green.nc.flush()]);
  for (let i = 0; i < 5; i += 1)
    expect(await callRpc(blue.nc, whoAreYou, {}, { timeoutMs: PATIENCE_MS })).toEqual({ name: 'blue' });
  await expect(callRpc(plain.nc, whoAreYou, {}, { timeoutMs: PATIENCE_MS })).rejects.toMatchObject({ code: 'UNAVAILABLE' });

  broadcast(plain.nc, saleChanged, { saleId, version: 1 });
  broadcast(green.nc, saleChanged, { saleId, version: 2 });
  await Promise.all([plain.nc.flush(), green.nc.flush()]);
  broadcast(blue.nc, saleChanged, { saleId, version: 3 });
  await expect.poll(() => heard).toEqual(['green 2', 'blue 3']);
});

test('a listener receives the subject as the code names it', async () => {
  const subjects: string[] = [];
  const subscribe = (nc: NatsConnection) =>
    nc.subscribe(stockReserved.subjects, { callback: (_, { subject }) => void subjects.push(subject) });
  const subscriptions = [subscribe(plain.nc), subscribe(blue.nc)];
  onTestFinished(() => {
    for (const each of subscriptions) each.unsubscribe();
  });
  await Promise.all([plain.nc.flush(), blue.nc.flush()]);
  await send(blue.publisher, stockReserved, win('again'));
  await expect.poll(() => subjects).toEqual([stockReserved.subject(win('again'))]);
});

test('an error about a stream names it as it is on the server', async () => {
  await green.jsm.streams.delete(STREAMS.payments.name);
  await green.jsm.streams.add({ name: STREAMS.payments.name, subjects: [...STREAMS.payments.subjects], retention: 'workqueue' });
  await expect(green.ensure()).rejects.toThrow('nats stream rm green_SECKILL_PAYMENTS');
});

describe('NATS_PREFIX', () => {
  const faultsOf = (NATS_PREFIX: string) =>
    readEnvironment(Type.Object({ NATS_PREFIX: settings.NATS_PREFIX }), { NATS_PREFIX }).faults;

  test.each(['a.b', 'a b', '*', 'blue>', '>', 'Blue', '_x', 'x'.repeat(33), 'größe'])('%s is refused in a sentence', (prefix) => {
    expect(faultsOf(prefix)).toEqual([
      `NATS_PREFIX has to be at most 32 lower-case letters, digits, "-" and "_", like blue; it is "${prefix}".`,
    ]);
  });

  test.each(['blue', 'seckill', 'shop-2_staging', ''])('%j is accepted', (prefix) => {
    expect(faultsOf(prefix)).toEqual([]);
  });
});
