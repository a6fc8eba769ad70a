import { deferred } from '@nats-io/nats-core';
import { type RunningServers, startServers } from 'dev';
import { ACK_WAIT_MS, ensureStreams } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consume, isAtRest, numbered, publishTexts, RecordedLog } from './consume.ts';
import { connectTo, type Nats, newStream } from './use-nats.ts';

let servers: RunningServers<{ nats: object }>;
let nats: Nats;

beforeAll(async () => {
  servers = await startServers({ nats: {} }, { label: 'consumer' });
  nats = await connectTo(servers.nats.url);
  await ensureStreams(nats.jsm);
});
afterAll(async () => {
  await nats.nc.close();
  await servers.stop();
});

const SHORT_MS = 1_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('stop', () => {
  test('finishes the batch in hand and hands the rest back at once', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(30));
    const free = deferred<void>();
    const arrived: string[] = [];
    const seen = { first: [] as string[], second: [] as string[] };
    const first = await consume(nats, {
      stream,
      maxBatch: 10,
      arrived: (text) => arrived.push(text),
      handle: async (batch) => {
        await free;
        seen.first.push(...batch.map(({ value }) => value));
      },
    });
    await expect.poll(() => arrived.length).toBe(20);
    const stopped = first.stop();
    free.resolve();
    await stopped;
    const finished = seen.first.length;
    expect(finished).toBeGreaterThan(0);
    expect(finished).toBeLessThanOrEqual(10);
    await consume(nats, { stream, handle: async (batch) => void seen.second.push(...batch.map(({ value }) => value)) });
    await expect.poll(() => seen.first.length + seen.second.length, { timeout: ACK_WAIT_MS - 2_000 }).toBe(30);
    expect(new Set([...seen.first, ...seen.second])).toEqual(new Set(numbered(30)));
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  });

  test('ends also where nothing came, and twice', async () => {
    const stream = await newStream(nats);
    const consumer = await consume(nats, { stream, handle: async () => undefined });
    const begin = performance.now();
    await Promise.all([consumer.stop(), consumer.stop()]);
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});

test('messages held longer than the ack wait, in a batch or waiting for theirs, are not delivered again', async () => {
  const stream = await newStream(nats);
  await publishTexts(nats, stream, numbered(20));
  const deliveries: number[] = [];
  await consume(nats, {
    stream,
    ackWaitMs: SHORT_MS,
    maxBatch: 10,
    handle: async (batch) => {
      if (deliveries.length === 0) await sleep(3 * SHORT_MS);
      deliveries.push(...batch.map((delivery) => delivery.deliveries));
    },
  });
  await expect.poll(() => isAtRest(nats, stream), { timeout: 15_000 }).toBe(true);
  expect(deliveries).toEqual(numbered(20).map(() => 1));
});

test('a message that the server delivers again while it is in hand is handled once', async () => {
  const stream = await newStream(nats);
  await publishTexts(nats, stream, ['one']);
  const seen: string[] = [];
  const free = deferred<void>();
  await consume(nats, {
    stream,
    maxBatch: 1,
    handle: async ([delivery]) => {
      seen.push(delivery?.value ?? '');
      await free;
    },
  });
  await expect.poll(() => seen.length).toBe(1);
  // What the server would think after it was restarted from an older state: nobody has it.
  nats.nc.publish(`$JS.ACK.${stream}.of-${stream}.1.1.1.${Date.now() * 1e6}.0`, '-NAK');
  await expect.poll(async () => (await nats.jsm.consumers.info(stream, `of-${stream}`)).delivered.consumer_seq).toBe(2);
  await nats.nc.flush();
  free.resolve();
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(seen).toEqual(['one']);
});

test('a consumer that is deleted under it is made anew, and what was not acknowledged comes again', async () => {
  const stream = await newStream(nats);
  const seen = new Set<string>();
  const log = new RecordedLog();
  await consume(nats, { stream, log, handle: async (batch) => batch.forEach(({ value }) => void seen.add(value)) });
  await publishTexts(nats, stream, numbered(5));
  await expect.poll(() => seen.size).toBe(5);
  await nats.jsm.consumers.delete(stream, `of-${stream}`);
  await publishTexts(nats, stream, ['later']);
  await expect.poll(() => seen.has('later')).toBe(true);
  expect(log.lines.slice(0, 2)).toEqual(['the consumer was lost; trying until it is there again', 'the consumer is there again']);
});

describe('a NATS that is restarted', () => {
  test('while nothing is to do: it goes on', async () => {
    const stream = await newStream(nats);
    const seen: string[] = [];
    await consume(nats, { stream, handle: async (batch) => void seen.push(...batch.map(({ value }) => value)) });
    await servers.nats.restart();
    await expect
      .poll(() =>
        publishTexts(nats, stream, ['later']).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await expect.poll(() => seen).toEqual(['later']);
  });

  test('killed while messages are in hand: each is handled, and those in hand only once', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(40));
    const seen: string[] = [];
    const [begun, free] = [deferred<void>(), deferred<void>()];
    await consume(nats, {
      stream,
      ackWaitMs: SHORT_MS,
      maxBatch: 10,
      handle: async (batch) => {
        seen.push(...batch.map(({ value }) => value));
        begun.resolve();
        await free;
      },
    });
    await begun;
    await sleep(300); // the server writes what it has delivered about every 100 ms
    await servers.nats.kill();
    await servers.nats.restart();
    // Long enough for the server to deliver again what it heard nothing of.
    await sleep(2 * SHORT_MS);
    free.resolve();
    await expect.poll(() => isAtRest(nats, stream).catch(() => false), { timeout: 15_000 }).toBe(true);
    expect(new Set(seen)).toEqual(new Set(numbered(40)));
    const inHand = seen.slice(0, 1).concat(numbered(10));
    for (const text of inHand) expect(seen.filter((each) => each === text).length, text).toBe(1);
  });
});
