import { Publisher, PublishRefused, PublishUnacknowledged } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { quickest } from './quickest.ts';
import { connectTo, newStream, PATIENCE_MS, useNats } from './use-nats.ts';

const nats = useNats();

async function messagesIn(stream: string): Promise<number> {
  return (await nats.jsm.streams.info(stream)).state.messages;
}

describe('a message', () => {
  test('that the stream has stored is acknowledged with its sequence', async () => {
    const stream = await newStream(nats);
    expect(await nats.publisher.publish(`${stream}.a`, 'one', 'id-1')).toEqual({ seq: 1, duplicate: false });
    expect(await nats.publisher.publish(`${stream}.a`, new Uint8Array([1, 2]), 'id-2')).toEqual({ seq: 2, duplicate: false });
    expect((await nats.jsm.streams.getMessage(stream, { seq: 2 }))?.data).toEqual(new Uint8Array([1, 2]));
  });

  test('under an id that the stream knows is a duplicate, with the sequence of the first', async () => {
    const stream = await newStream(nats);
    const acks = await Promise.all(Array.from({ length: 50 }, () => nats.publisher.publish(`${stream}.a`, 'one', 'same')));
    expect(acks.filter(({ duplicate }) => !duplicate)).toEqual([{ seq: 1, duplicate: false }]);
    expect(acks.every(({ seq }) => seq === 1)).toBe(true);
    expect(await messagesIn(stream)).toBe(1);
  });

  test('is stored under its id, whatever characters that has; an id that would add a header is refused', async () => {
    const stream = await newStream(nats);
    for (const id of ['evt_1', 'pay ü 支付']) {
      const { seq } = await nats.publisher.publish(`${stream}.a`, '支付', id);
      const stored = await nats.jsm.streams.getMessage(stream, { seq });
      expect(stored?.header.get('Nats-Msg-Id')).toBe(id);
      expect(stored?.string()).toBe('支付');
    }
    const attack = nats.publisher.publish(`${stream}.a`, 'one', 'id\r\nNats-Rollup: all');
    await expect(attack).rejects.not.toBeInstanceOf(PublishUnacknowledged);
    expect(await messagesIn(stream)).toBe(2);
    expect(nats.publisher.inFlight).toBe(0);
  });

  test('that a full stream rejects is refused, with the reason and code of the server', async () => {
    const stream = await newStream(nats, { max_msgs: 1 });
    await nats.publisher.publish(`${stream}.a`, 'one', 'id-1');
    const refused = await nats.publisher.publish(`${stream}.a`, 'two', 'id-2').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PublishRefused);
    expect(refused).toMatchObject({ code: 10077, message: expect.stringContaining('maximum messages exceeded') });
    expect(nats.publisher.inFlight).toBe(0);
  });

  test('on a subject without a stream is unacknowledged at once', async () => {
    const publish = () => nats.publisher.publish('no.stream', 'one', 'id-1');
    const shortest = await quickest(() => expect(publish()).rejects.toThrow('no stream has this subject'));
    expect(shortest).toBeLessThan(1_000);
  });

  test('that a plain subscriber answers in place of a stream is unacknowledged', async () => {
    const answers = nats.nc.subscribe('not.a.stream', { callback: (_, message) => void message.respond('thanks') });
    await expect(nats.publisher.publish('not.a.stream', 'one', 'id-1')).rejects.toThrow('the ack is not JSON');
    answers.unsubscribe();
  });

  test("that can never be sent is rejected at once with the client's error", async () => {
    const stream = await newStream(nats);
    await expect(nats.publisher.publish(`${stream}.a`, new Uint8Array(2 ** 21), 'id-1')).rejects.toThrow('max_payload');
    await expect(nats.publisher.publish('', 'one', 'id-2')).rejects.not.toBeInstanceOf(PublishUnacknowledged);
    expect(nats.publisher.inFlight).toBe(0);
  });
});

test('ten thousand at once are acknowledged, each with its own sequence', async () => {
  const stream = await newStream(nats);
  const acks = await Promise.all(
    Array.from({ length: 10_000 }, (_, index) => nats.publisher.publish(`${stream}.a`, `${index}`, `id-${index}`)),
  );
  expect(acks.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1));
});

describe('what waits for its ack', () => {
  test('is bounded: one more is rejected, and the next is sent when there is room', async () => {
    const stream = await newStream(nats);
    const publisher = new Publisher(nats.nc, { maxInFlight: 3, ackTimeoutMs: PATIENCE_MS });
    const publish = (id: number) => publisher.publish(`${stream}.a`, 'x', `id-${id}`);
    const inFlight = [publish(1), publish(2), publish(3)];
    expect(publisher.inFlight).toBe(3);
    await expect(publish(4)).rejects.toThrow('3 messages are already waiting for their ack');
    await Promise.all(inFlight);
    await publish(5);
    expect(await messagesIn(stream)).toBe(4);
    await publisher.close();
  });

  test('is waited for by close; afterwards everything is rejected', async () => {
    const stream = await newStream(nats);
    const publisher = new Publisher(nats.nc, { ackTimeoutMs: PATIENCE_MS });
    const last = publisher.publish(`${stream}.a`, 'last', 'id-1');
    const closed = publisher.close();
    await expect(publisher.publish(`${stream}.a`, 'late', 'id-2')).rejects.toThrow('this publisher is closed');
    await closed;
    expect(await last).toMatchObject({ seq: 1 });
    expect(await messagesIn(stream)).toBe(1);
  });

  test('is given up when the connection is closed', async () => {
    const stream = await newStream(nats);
    const other = await connectTo(nats.url);
    const last = other.publisher.publish(`${stream}.a`, 'last', 'id-1');
    await Promise.all([expect(last).rejects.toBeInstanceOf(PublishUnacknowledged), other.nc.close()]);
    await expect(other.publisher.publish(`${stream}.a`, 'late', 'id-2')).rejects.toThrow('the connection is closed');
    await other.publisher.close();
  });
});
