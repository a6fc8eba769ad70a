import { describe, expect, test } from 'vitest';
import { consume, deadLettersOf, isAtRest, numbered, Outage, publishTexts, RecordedLog } from './consume.ts';
import { newStream, useNats } from './use-nats.ts';

const nats = useNats();

describe('a malformed message', () => {
  test('goes to the dead letters as it came, with the reason, and the stream goes on', async () => {
    const stream = await newStream(nats);
    const seen: string[] = [];
    await consume(nats, { stream, handle: async (batch) => void seen.push(...batch.map(({ value }) => value)) });
    await publishTexts(nats, stream, ['before', 'malformed one', 'after']);
    await expect.poll(() => seen.toSorted()).toEqual(['after', 'before']);
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([
      {
        consumer: `of-${stream}`,
        stream,
        seq: expect.any(Number),
        subject: `${stream}.a`,
        messageId: `${stream}:malformed one`,
        data: Buffer.from('malformed one').toString('base64'),
        reason: 'Not a text: malformed one.',
        deliveries: 1,
        firstSeenAt: expect.any(Number),
        diedAt: expect.any(Number),
      },
    ]);
  });

  test('is given up for good: it is not redelivered', async () => {
    const stream = await newStream(nats);
    await consume(nats, { stream, handle: async () => undefined });
    await publishTexts(nats, stream, ['malformed']);
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    const { delivered, num_redelivered } = await nats.jsm.consumers.info(stream, `of-${stream}`);
    expect({ deliveries: delivered.consumer_seq, num_redelivered }).toEqual({ deliveries: 1, num_redelivered: 0 });
  });
});

describe('a message that fails alone', () => {
  test('is retried at growing intervals, then goes to the dead letters with the last reason; the others are handled once', async () => {
    const stream = await newStream(nats);
    const tries: number[] = [];
    const handled: string[] = [];
    await publishTexts(nats, stream, numbered(20));
    await consume(nats, {
      stream,
      maxTries: 4,
      handle: async (batch) => {
        if (batch.some(({ value }) => value === 'text-7')) {
          if (batch.length === 1) tries.push(performance.now());
          throw new RangeError(`failed for the ${tries.length}. time`);
        }
        handled.push(...batch.map(({ value }) => value));
      },
    });
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(handled.toSorted()).toEqual(
      numbered(20)
        .filter((text) => text !== 'text-7')
        .toSorted(),
    );
    const distances = tries.slice(1).map((time, index) => time - (tries[index] ?? 0));
    expect(distances).toHaveLength(3);
    for (const [index, least] of [250, 500, 1_000].entries()) expect(distances[index]).toBeGreaterThanOrEqual(least - 5);
    expect(await deadLettersOf(nats, `of-${stream}`)).toMatchObject([
      { reason: 'RangeError: failed for the 4. time', deliveries: 4, seq: 8 },
    ]);
  });

  test('and then succeeds is handled, and is no dead letter', async () => {
    const stream = await newStream(nats);
    let tries = 0;
    await publishTexts(nats, stream, ['one']);
    await consume(nats, {
      stream,
      handle: async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
      },
    });
    await expect.poll(() => tries).toBe(3);
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([]);
  });
});

describe('while a server is away', () => {
  test('the batch is held and retried, nothing is lost or becomes a dead letter, and the outage is logged once', async () => {
    const stream = await newStream(nats);
    const log = new RecordedLog();
    const handled: string[] = [];
    let away = true;
    let tries = 0;
    await publishTexts(nats, stream, numbered(50));
    await consume(nats, {
      stream,
      log,
      maxTries: 1,
      handle: async (batch) => {
        tries += 1;
        if (away) throw new Outage('PostgreSQL is away');
        handled.push(...batch.map(({ value }) => value));
      },
    });
    await expect.poll(() => tries).toBeGreaterThanOrEqual(3);
    away = false;
    await expect.poll(() => handled.length).toBe(50);
    expect(handled).toEqual(numbered(50));
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([]);
    expect(log.lines.filter((line) => line.startsWith('no message can be handled'))).toHaveLength(1);
  });

  test('for a reason that nothing is known of: no message becomes a dead letter, and the backlog drains afterwards', async () => {
    const stream = await newStream(nats);
    const log = new RecordedLog();
    const handled: string[] = [];
    let saysNo = true;
    let calls = 0;
    await publishTexts(nats, stream, numbered(200));
    await consume(nats, {
      stream,
      log,
      maxTries: 1,
      handle: async (batch) => {
        calls += 1;
        if (saysNo) throw new Error('says no');
        handled.push(...batch.map(({ value }) => value));
      },
    });
    await expect.poll(() => calls).toBeGreaterThanOrEqual(20);
    expect(log.lines.length).toBeLessThan(5);
    saysNo = false;
    await expect.poll(() => handled.length).toBe(200);
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([]);
  });

  test('from one worker only: another worker gets all of its messages, and it goes on once it reaches the server', async () => {
    const stream = await newStream(nats);
    const handled: string[] = [];
    let away = true;
    let tries = 0;
    await publishTexts(nats, stream, numbered(40));
    const cutOff = await consume(nats, {
      stream,
      maxBatch: 20,
      handBackAfterMs: 300,
      handle: async (batch) => {
        tries += 1;
        if (away) throw new Outage('PostgreSQL is away');
        handled.push(...batch.map(({ value }) => value));
      },
    });
    await expect.poll(() => tries).toBeGreaterThanOrEqual(1);
    const other = await consume(nats, { stream, handle: async (batch) => void handled.push(...batch.map(({ value }) => value)) });
    await expect.poll(() => handled.toSorted()).toEqual(numbered(40).toSorted());
    await expect.poll(() => isAtRest(nats, stream)).toBe(true);
    expect(cutOff.batchAgeMs).toBeGreaterThan(0);
    await other.stop();
    away = false;
    await publishTexts(nats, stream, numbered(60).slice(40));
    await expect.poll(() => handled.toSorted()).toEqual(numbered(60).toSorted());
    expect(cutOff.batchAgeMs).toBe(0);
  });

  test('stop does not wait for it: the batch is handed back', async () => {
    const stream = await newStream(nats);
    const arrived: string[] = [];
    const tries: number[] = [];
    await publishTexts(nats, stream, numbered(10));
    const consumer = await consume(nats, {
      stream,
      ackWaitMs: 60_000, // what does not go back comes after the poll below has given up
      maxBatch: 5,
      arrived: (text) => arrived.push(text),
      handle: async () => {
        tries.push(performance.now());
        throw new Outage('PostgreSQL is away');
      },
    });
    await expect.poll(() => arrived.length).toBe(10);
    await expect.poll(() => tries.length).toBeGreaterThanOrEqual(5);
    await consumer.stop();
    expect(performance.now() - (tries.at(-1) ?? 0)).toBeLessThan(4_900); // five seconds from one try to the next by now
    const handled: string[] = [];
    const handle = async (batch: readonly { value: string }[]) => void handled.push(...batch.map(({ value }) => value));
    await consume(nats, { stream, ackWaitMs: 60_000, handle });
    await expect.poll(() => handled.length).toBe(10);
  });
});

test('a batch whose handler hangs is handed back, unless the handler makes progress', async () => {
  const stream = await newStream(nats);
  await publishTexts(nats, stream, ['hangs']);
  const [arrived, handled] = [[] as number[], [] as string[]];
  await consume(nats, {
    stream,
    handleWithinMs: 300,
    handle: async (batch, progress) => {
      arrived.push(batch[0]?.deliveries ?? 0);
      if (arrived.length === 1) await new Promise(() => undefined);
      for (let step = 0; step < 10; step += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        progress();
      }
      handled.push(...batch.map(({ value }) => value));
    },
  });
  await expect.poll(() => handled).toEqual(['hangs']);
  expect(arrived).toEqual([1, 2]);
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([]);
});

test('a message whose dead letter cannot be stored is redelivered until it can', async () => {
  const stream = await newStream(nats);
  const deadLetters = await nats.jsm.streams.info('SECKILL_DEAD_LETTERS');
  await nats.jsm.streams.delete('SECKILL_DEAD_LETTERS');
  const log = new RecordedLog();
  await consume(nats, { stream, log, handle: async () => undefined });
  await publishTexts(nats, stream, ['malformed']);
  await expect.poll(() => log.lines).toContain('a dead letter could not be stored; the message will be redelivered');
  await nats.jsm.streams.add(deadLetters.config);
  await expect.poll(async () => (await deadLettersOf(nats, `of-${stream}`)).length).toBe(1);
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
});
