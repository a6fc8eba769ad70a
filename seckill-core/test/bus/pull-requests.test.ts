import { AckPolicy } from '@nats-io/jetstream';
import { ConsumerLost, PullRequests, type StreamMessage } from 'seckill-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { numbered } from './consume.ts';
import { connectTo, newStream, useNats } from './use-nats.ts';

const nats = useNats();
const consumer = 'reader';

/** A stream of messages with these sizes, bytes, and what a reader of it received. */
async function aStream(sizes: readonly number[]): Promise<{ stream: string; requests: PullRequests; taken: StreamMessage[] }> {
  const stream = await newStream(nats);
  await Promise.all(sizes.map((size, i) => nats.publisher.publish(`${stream}.a`, Buffer.alloc(size), `${stream} ${i}`)));
  await nats.jsm.consumers.add(stream, { durable_name: consumer, ack_policy: AckPolicy.None });
  const taken: StreamMessage[] = [];
  const requests = new PullRequests({ nc: nats.nc, stream, consumer, take: (message) => void taken.push(message) });
  onTestFinished(() => requests.stop());
  return { stream, requests, taken };
}

describe('a request ends', () => {
  test('when all its messages are there', async () => {
    const { requests, taken } = await aStream(numbered(250).map(() => 10));
    // One that waited for more would end with an error when the server is silent.
    await requests.request(100);
    expect(taken).toHaveLength(100);
    await requests.request(100);
    expect(taken.map(({ seq }) => seq)).toEqual(numbered(200).map((_, i) => i + 1));
  });

  test('before the bytes exceed a megabyte, and the next one goes on', async () => {
    const { requests, taken } = await aStream(numbered(12).map(() => 300_000));
    for (const expected of [3, 6, 9, 12]) {
      await requests.request(12 - taken.length);
      expect(taken).toHaveLength(expected);
    }
    expect(taken.map(({ seq }) => seq)).toEqual(numbered(12).map((_, i) => i + 1));
  });

  test('after a message of the longest size that the server takes', async () => {
    const longest = (nats.nc.info?.max_payload ?? 0) - 200;
    const { requests, taken } = await aStream([longest, longest, longest]);
    for (const expected of [1, 2, 3]) {
      await requests.request(4 - expected);
      expect(taken).toHaveLength(expected);
    }
  });

  test('when it is stopped, and takes nothing more', async () => {
    const { stream, requests, taken } = await aStream([]);
    const over = requests.request(100);
    await nats.publisher.publish(`${stream}.a`, 'first', `${stream} first`);
    await expect.poll(() => taken.length).toBe(1);
    requests.stop();
    await over;
    await nats.publisher.publish(`${stream}.a`, 'second', `${stream} second`);
    await requests.request(100);
    await nats.nc.flush();
    expect(taken).toHaveLength(1);
  });

  test('if no message comes, and the next one goes on', async () => {
    const { stream, requests, taken } = await aStream([]);
    await requests.request(1);
    expect(taken).toEqual([]);
    const next = requests.request(1);
    await nats.publisher.publish(`${stream}.a`, 'late', `${stream} late`);
    await next;
    expect(taken).toHaveLength(1);
  });

  test('with an error if there is no such consumer', async () => {
    const { stream, requests } = await aStream([]);
    await nats.jsm.consumers.delete(stream, consumer);
    await expect(requests.request(1)).rejects.toThrow(ConsumerLost);
    await expect(requests.request(1)).rejects.toThrow(`Consumer ${consumer} of ${stream}`);
  });
});

test('a message that is longer than the server takes now is an error, not an endless loop', async () => {
  const { stream } = await aStream([100_000]);
  const nc = Object.create(nats.nc, { info: { value: { ...nats.nc.info, max_payload: 1_000 } } }) as typeof nats.nc;
  const requests = new PullRequests({ nc, stream, consumer, take: () => undefined });
  onTestFinished(() => requests.stop());
  await expect(requests.request(1)).rejects.toThrow(/message size/i);
});

test('a process that stands still keeps its connection, although forty readers have a long stream before them', async () => {
  const own = await connectTo(nats.url);
  onTestFinished(() => own.nc.close());
  const { stream } = await aStream(numbered(200).map(() => 400_000));
  const lost: string[] = [];
  void (async () => {
    for await (const { type } of own.nc.status()) if (type === 'disconnect') lost.push(type);
  })();
  let taken = 0;
  const count = () => {
    taken += 1;
  };
  const readers = await Promise.all(
    numbered(40).map(async (name) => {
      await own.jsm.consumers.add(stream, { durable_name: name, ack_policy: AckPolicy.None });
      return new PullRequests({ nc: own.nc, stream, consumer: name, take: count });
    }),
  );
  onTestFinished(() => {
    for (const reader of readers) reader.stop();
  });
  const asked = readers.map((reader) => reader.request(100));
  await own.nc.flush();
  // Nothing of this process runs: the server has to keep what it sends.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
  await Promise.all(asked);
  expect(taken).toBe(40 * 2);
  await own.nc.flush();
  expect(lost).toEqual([]);
});
