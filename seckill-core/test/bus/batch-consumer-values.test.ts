import { expect, test } from 'vitest';
import { consume, deadLettersOf, isAtRest, numbered, Outage, publishTexts } from './consume.ts';
import { newStream, useNats } from './use-nats.ts';

const nats = useNats();
const texts = numbered(200);
const message = texts.join('+');
const without = (...bad: string[]) => texts.filter((text) => !bad.includes(text)).toSorted();
const deliveriesOf = async (stream: string) => (await nats.jsm.consumers.info(stream, `of-${stream}`)).delivered.consumer_seq;

test('the values of a message are handled in batches, and it is acknowledged once all of them are', async () => {
  const stream = await newStream(nats);
  const sizes: number[] = [];
  const unacknowledged: number[] = [];
  await publishTexts(nats, stream, [message]);
  await consume(nats, {
    stream,
    maxBatch: 80,
    handle: async (batch) => {
      unacknowledged.push((await nats.jsm.consumers.info(stream, `of-${stream}`)).num_ack_pending);
      sizes.push(batch.length);
    },
  });
  await expect.poll(() => sizes).toEqual([80, 80, 40]);
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(unacknowledged).toEqual([1, 1, 1]);
  expect(await deliveriesOf(stream)).toBe(1);
});

test('a value that is given up, and one that cannot be read, go to the dead letters alone', async () => {
  const stream = await newStream(nats);
  const seen: string[] = [];
  await publishTexts(nats, stream, [`${message}+malformed one`]);
  await consume(nats, {
    stream,
    handle: async (batch) => {
      for (const delivery of batch) {
        if (delivery.value === 'text-7') delivery.giveUp('no such thing');
        else seen.push(delivery.value);
      }
    },
  });
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(seen.toSorted()).toEqual(without('text-7'));
  const letters = await deadLettersOf(nats, `of-${stream}`);
  expect(letters.map(({ reason, data }) => [reason, Buffer.from(data, 'base64').toString()]).toSorted()).toEqual([
    ['Not a text: malformed one.', 'malformed one'],
    ['no such thing', 'text-7'],
  ]);
  expect(letters.map(({ messageId }) => messageId).toSorted()).toEqual(['part-200', 'part-7']);
});

test('a value that fails alone is retried with its message, and then goes to the dead letters alone', async () => {
  const stream = await newStream(nats);
  const seen = new Set<string>();
  let tries = 0;
  await publishTexts(nats, stream, [message]);
  await consume(nats, {
    stream,
    maxTries: 3,
    handle: async (batch) => {
      if (batch.some(({ value }) => value === 'text-7')) {
        if (batch.length === 1) tries += 1;
        throw new RangeError('text-7 fails');
      }
      for (const { value } of batch) seen.add(value);
    },
  });
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect([...seen].toSorted()).toEqual(without('text-7'));
  expect({ tries, deliveries: await deliveriesOf(stream) }).toEqual({ tries: 3, deliveries: 3 });
  expect(await deadLettersOf(nats, `of-${stream}`)).toMatchObject([
    { reason: 'RangeError: text-7 fails', data: Buffer.from('text-7').toString('base64'), deliveries: 3 },
  ]);
});

test('while a server is away the values are held and retried, and none becomes a dead letter', async () => {
  const stream = await newStream(nats);
  const seen: string[] = [];
  let tries = 0;
  await publishTexts(nats, stream, [message]);
  await consume(nats, {
    stream,
    maxBatch: 150,
    handle: async (batch) => {
      tries += 1;
      if (tries < 3) throw new Outage('PostgreSQL is away');
      seen.push(...batch.map(({ value }) => value));
    },
  });
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  expect(seen).toEqual(texts);
  expect(await deadLettersOf(nats, `of-${stream}`)).toEqual([]);
});

test('a consumer that has received large messages requests few at a time', async () => {
  const stream = await newStream(nats);
  const large = numbered(60).map((text) => Array.from({ length: 10 }, (_, i) => `${text}.${i}`).join('+'));
  let handled = 0;
  let most = 0;
  await publishTexts(nats, stream, large);
  await consume(nats, {
    stream,
    maxBatch: 10,
    handle: async (batch) => {
      handled += batch.length;
      if (handled > 400) most = Math.max(most, (await nats.jsm.consumers.info(stream, `of-${stream}`)).num_ack_pending);
    },
  });
  await expect.poll(() => handled).toBe(600);
  await expect.poll(() => isAtRest(nats, stream)).toBe(true);
  // Two batches, and what is acknowledged at this moment. If it took each message for one value, it would hold twenty.
  expect(most).toBeLessThanOrEqual(6);
});
