import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deferred } from '@nats-io/nats-core';
import { type RunningServers, startServers } from 'dev';
import { ACK_WAIT_MS, ensureStreams } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consume, isAtRest, numbered, publishTexts, RecordedLog } from './consume.ts';
import { quickest } from './quickest.ts';
import { connectTo, type Nats, newStream, reconnected } from './use-nats.ts';

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

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('stop', () => {
  test('finishes the current batch and hands the rest back at once', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(30));
    const [begun, free] = [deferred<void>(), deferred<void>()];
    const arrived: string[] = [];
    const seen = { first: [] as string[], second: [] as string[] };
    const first = await consume(nats, {
      stream,
      ackWaitMs: 60_000, // what is not handed back comes after the poll below has given up
      maxBatch: 10,
      arrived: (text) => arrived.push(text),
      handle: async (batch) => {
        begun.resolve();
        await free;
        seen.first.push(...batch.map(({ value }) => value));
      },
    });
    await begun;
    await expect.poll(() => arrived.length).toBe(20);
    const stopped = first.stop();
    free.resolve();
    await stopped;
    const finished = seen.first.length;
    expect(finished).toBeGreaterThan(0);
    expect(finished).toBeLessThanOrEqual(10);
    const handle = async (batch: readonly { value: string }[]) => void seen.second.push(...batch.map(({ value }) => value));
    await consume(nats, { stream, ackWaitMs: 60_000, handle });
    await expect.poll(() => seen.first.length + seen.second.length).toBe(30);
    expect(new Set([...seen.first, ...seen.second])).toEqual(new Set(numbered(30)));
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  });

  test('ends if no message came, and if it is called twice', async () => {
    const start = async () => consume(nats, { stream: await newStream(nats), handle: async () => undefined });
    const consumers = await Promise.all(numbered(5).map(start));
    const shortest = await quickest((round) => Promise.all([consumers[round]?.stop(), consumers[round]?.stop()]));
    expect(shortest).toBeLessThan(1_000);
  });
});

test('messages held longer than the ack wait, in a batch or waiting for one, are not redelivered', async () => {
  const stream = await newStream(nats);
  await publishTexts(nats, stream, numbered(20));
  const deliveries: number[] = [];
  await consume(nats, {
    stream,
    ackWaitMs: ACK_WAIT_MS, // a shorter one would end if the machine stalls
    maxBatch: 10,
    handle: async (batch) => {
      if (deliveries.length === 0) await sleep(ACK_WAIT_MS + 1_000);
      deliveries.push(...batch.map((delivery) => delivery.deliveries));
    },
  });
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(deliveries).toEqual(numbered(20).map(() => 1));
  expect((await nats.jsm.consumers.info(stream, `of-${stream}`)).delivered.consumer_seq).toBe(20);
});

test('a message that the server delivers again while it is held is handled once', async () => {
  const stream = await newStream(nats);
  await publishTexts(nats, stream, ['one']);
  const [arrived, seen] = [[] as string[], [] as string[]];
  const free = deferred<void>();
  await consume(nats, {
    stream,
    maxBatch: 1,
    arrived: (text) => arrived.push(text),
    handle: async ([delivery]) => {
      seen.push(delivery?.value ?? '');
      await free;
    },
  });
  await expect.poll(() => seen.length).toBe(1);
  // As if the server had restarted from an older state, in which no consumer has the message.
  nats.nc.publish(`$JS.ACK.${stream}.of-${stream}.1.1.1.${Date.now() * 1e6}.0`, '-NAK');
  await expect.poll(async () => (await nats.jsm.consumers.info(stream, `of-${stream}`)).delivered.consumer_seq).toBe(2);
  // The server counts a message before it sends it. Once a later one has arrived, so has this one.
  await publishTexts(nats, stream, ['two']);
  await expect.poll(() => arrived).toEqual(['one', 'two']);
  free.resolve();
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(seen).toEqual(['one', 'two']);
});

test('a deleted consumer is created again, and unacknowledged messages are redelivered', async () => {
  const stream = await newStream(nats);
  const seen = new Set<string>();
  const log = new RecordedLog();
  await consume(nats, { stream, log, handle: async (batch) => batch.forEach(({ value }) => void seen.add(value)) });
  await publishTexts(nats, stream, numbered(5));
  await expect.poll(() => seen.size).toBe(5);
  await nats.jsm.consumers.delete(stream, `of-${stream}`);
  await publishTexts(nats, stream, ['later']);
  await expect.poll(() => seen.has('later')).toBe(true);
  expect(log.lines.slice(0, 2)).toEqual(['the consumer was lost; retrying until it is back', 'the consumer is back']);
});

describe('a NATS that is restarted', () => {
  test('while idle: it continues', async () => {
    const stream = await newStream(nats);
    const seen: string[] = [];
    await consume(nats, { stream, handle: async (batch) => void seen.push(...batch.map(({ value }) => value)) });
    const back = reconnected(nats);
    await servers.nats.restart();
    await back;
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

  test('killed while messages are held: each is handled, and the held ones only once', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(40));
    const seen: string[] = [];
    const free = deferred<void>();
    await consume(nats, {
      stream,
      maxBatch: 10,
      handle: async (batch) => {
        seen.push(...batch.map(({ value }) => value));
        await free;
      },
    });
    // Both batches that it may hold. The server would redeliver what it has not written to disk yet.
    await expect.poll(() => deliveriesOnDisk(stream)).toBe(20);
    await servers.nats.kill();
    const back = reconnected(nats);
    await servers.nats.restart();
    await back;
    const info = () => nats.jsm.consumers.info(stream, `of-${stream}`).catch(() => undefined);
    // The stream may be back a moment later than the connection.
    await expect.poll(info).toMatchObject({ num_ack_pending: 20 });
    free.resolve();
    await expect.poll(() => isAtRest(nats, stream).catch(() => false)).toBe(true);
    expect(new Set(seen)).toEqual(new Set(numbered(40)));
    for (const text of numbered(20)) expect(seen.filter((each) => each === text).length, text).toBe(1);
  });
});

/** Reads what the server would know after a kill -9: how many messages it has delivered. It writes that about every 100 ms. */
function deliveriesOnDisk(stream: string): number {
  const folder = join(servers.folder.path, 'nats/data/jetstream/account-0/streams', stream, 'obs', `of-${stream}`);
  try {
    // A mark, a version, then numbers, one byte each below 128: acknowledged twice (by delivery, by message), delivered.
    return readFileSync(join(folder, 'o.dat'))[4] ?? 0;
  } catch {
    return 0;
  }
}
