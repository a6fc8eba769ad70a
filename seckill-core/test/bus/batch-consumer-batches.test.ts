import { deferred } from '@nats-io/nats-core';
import { describe, expect, test } from 'vitest';
import { consume, deadLettersOf, isAtRest, numbered, publishTexts } from './consume.ts';
import { quickest } from './quickest.ts';
import { newStream, useNats } from './use-nats.ts';

const nats = useNats();

describe('batches', () => {
  test('a single message is handled at once', async () => {
    const stream = await newStream(nats);
    const handled = numbered(5).map(() => deferred<void>());
    await consume(nats, { stream, handle: async ([delivery]) => handled[Number(delivery?.value)]?.resolve() });
    const shortest = await quickest(async (round) => {
      await publishTexts(nats, stream, [`${round}`]);
      await handled[round];
    });
    expect(shortest).toBeLessThan(1_000);
  });

  test('grow with the backlog up to the limit, and keep the order of the stream', async () => {
    const stream = await newStream(nats);
    const texts = numbered(1_000);
    await publishTexts(nats, stream, texts);
    const batches: string[][] = [];
    let arrived = 0;
    await consume(nats, {
      stream,
      maxBatch: 100,
      arrived: () => {
        arrived += 1;
      },
      // Long enough for as many messages as there is room for.
      handle: async (batch) => {
        const room = Math.min(batches.flat().length + 200, 1_000);
        batches.push(batch.map(({ value }) => value));
        await expect.poll(() => arrived, { interval: 1 }).toBe(room);
      },
    });
    await expect.poll(() => batches.flat().length).toBe(1_000);
    expect(batches.flat()).toEqual(texts);
    const sizes = batches.map(({ length }) => length);
    // Only the first batch may be smaller (what had arrived by then), and the last (what is left).
    expect(sizes.slice(1, -1)).toEqual(sizes.slice(1, -1).map(() => 100));
    expect(Math.max(...sizes)).toBe(100);
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  });

  test('hold at most twice the limit, so that other consumers can take the rest', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(100));
    const free = deferred<void>();
    await consume(nats, { stream, maxBatch: 10, handle: () => free });
    const inHand = async () => (await nats.jsm.consumers.info(stream, `of-${stream}`)).num_ack_pending;
    await expect.poll(inHand).toBe(20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await inHand()).toBe(20);
    free.resolve();
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  });

  test('are followed by the pause', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(5));
    const times: number[] = [];
    await consume(nats, { stream, maxBatch: 1, pauseMs: 50, handle: async () => void times.push(performance.now()) });
    await expect.poll(() => times.length).toBe(5);
    expect((times[4] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(195);
  });

  test('follow a large one after a moment, unless a whole batch has arrived', async () => {
    const stream = await newStream(nats);
    const began: number[] = [];
    const sizes: number[] = [];
    const handle = async (batch: readonly unknown[]) => {
      began.push(performance.now());
      sizes.push(batch.length);
    };
    await consume(nats, { stream, maxBatch: 20, handle });
    const waits = { full: [] as number[], gathered: [] as number[] };
    // The machine may stall in one round.
    for (let round = 0; round < 5; round += 1) {
      await publishTexts(nats, stream, [numbered(50).join(`${round}+`)]);
      await expect.poll(() => began.length).toBe(3 * round + 3);
      const [first = 0, second = 0, third = 0] = began.slice(-3);
      waits.full.push(second - first);
      waits.gathered.push(third - second);
    }
    expect(sizes.slice(0, 3)).toEqual([20, 20, 10]);
    expect(Math.min(...waits.full)).toBeLessThan(45);
    expect(Math.min(...waits.gathered)).toBeGreaterThanOrEqual(45);
  });

  test('take only the subjects of the filter', async () => {
    const stream = await newStream(nats);
    const seen: string[] = [];
    const handle = async (batch: readonly { value: string }[]) => void seen.push(...batch.map(({ value }) => value));
    await consume(nats, { stream, filterSubject: `${stream}.wanted`, handle });
    await nats.publisher.publish(`${stream}.other`, 'other', '1');
    await nats.publisher.publish(`${stream}.wanted`, 'wanted', '2');
    await expect.poll(() => seen).toEqual(['wanted']);
  });
});

describe('two consumers of one name', () => {
  test('share the messages: each is handled once, and both have work while one is slow', async () => {
    const stream = await newStream(nats);
    const texts = numbered(400);
    await publishTexts(nats, stream, texts);
    const seen = { slow: [] as string[], fast: [] as string[] };
    const [begun, free] = [deferred<void>(), deferred<void>()];
    const handle = (name: 'slow' | 'fast', busy: () => Promise<void>) => async (batch: readonly { value: string }[]) => {
      await busy();
      seen[name].push(...batch.map(({ value }) => value));
    };
    const slow = () => {
      begun.resolve();
      return free;
    };
    await consume(nats, { stream, maxBatch: 10, handle: handle('slow', slow) });
    await begun;
    await consume(nats, { stream, maxBatch: 10, handle: handle('fast', async () => undefined) });
    // So slow that the other consumer has handled everything except the two batches that this one holds.
    await expect.poll(() => seen.fast.length).toBeGreaterThanOrEqual(380);
    expect(seen.slow).toEqual([]);
    free.resolve();
    await expect.poll(() => seen.slow.length + seen.fast.length).toBe(400);
    expect(new Set([...seen.slow, ...seen.fast])).toEqual(new Set(texts));
    expect(seen.slow.length).toBeGreaterThan(0);
  });

  test('may ask for new settings: the newest apply', async () => {
    const stream = await newStream(nats);
    const handle = async () => undefined;
    await consume(nats, { stream, maxAckPending: 100, handle });
    await consume(nats, { stream, maxAckPending: 200, handle });
    expect((await nats.jsm.consumers.info(stream, `of-${stream}`)).config.max_ack_pending).toBe(200);
  });
});

describe('what the handler decides', () => {
  test('delay: the message is redelivered after that time, and no sooner', async () => {
    const stream = await newStream(nats);
    const times: number[] = [];
    await consume(nats, {
      stream,
      handle: async ([delivery]) => {
        times.push(performance.now());
        if (times.length === 1) delivery?.delay(400);
      },
    });
    await publishTexts(nats, stream, ['one']);
    await expect.poll(() => times.length).toBe(2);
    const waited = (times[1] ?? 0) - (times[0] ?? 0);
    expect(waited).toBeGreaterThanOrEqual(395);
    expect(waited).toBeLessThan(10_000); // half of the ack wait, after which it would come anyway
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  });

  test('give up: the message is a dead letter, the others of the batch are not', async () => {
    const stream = await newStream(nats);
    await publishTexts(nats, stream, numbered(3));
    await consume(nats, {
      stream,
      handle: async (batch) => {
        for (const delivery of batch) if (delivery.value === 'text-1') delivery.giveUp('no such thing');
      },
    });
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(await deadLettersOf(nats, `of-${stream}`)).toMatchObject([{ reason: 'no such thing', seq: 2, deliveries: 1 }]);
  });
});

test('a missing stream is an error at the start', async () => {
  await expect(consume(nats, { stream: 'nowhere', handle: async () => undefined })).rejects.toThrow('stream not found');
});
