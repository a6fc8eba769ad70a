import { type RunningServers, startServers } from 'dev';
import { isOutage, Publisher, PublishRefused, PublishUnacknowledged } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consume, isAtRest, numbered, publishTexts, RecordedLog } from './consume.ts';
import { connectTo, type Nats, newStream, reconnected } from './use-nats.ts';

let servers: RunningServers<{ nats: object }>;
let nats: Nats;
let stream: string;

beforeAll(async () => {
  servers = await startServers({ nats: { store: '32MB' } }, { label: 'publisher' });
  nats = await connectTo(servers.nats.url);
  stream = await newStream(nats);
});
afterAll(async () => {
  await nats.nc.close();
  await servers.stop();
});

const ids = Array.from({ length: 100 }, (_, index) => `frozen-${index}`);
const count = async () => (await nats.jsm.streams.info(stream)).state.messages;
const publishAll = (publisher: Publisher, names: string[]) =>
  Promise.allSettled(names.map((id) => publisher.publish(`${stream}.a`, id, id)));

describe('a server that freezes', () => {
  test('leaves messages unacknowledged in time; once thawed it has stored them, and recognises their ids', async () => {
    const publisher = new Publisher(nats.nc, { ackTimeoutMs: 300 });
    servers.nats.freeze();
    const frozen = await publishAll(publisher, ids);
    // The reason differs from the one four seconds later, when the pings have noticed that the server is away.
    const inTime = { status: 'rejected', reason: { message: expect.stringContaining('no answer within 300 ms') } };
    expect(frozen).toMatchObject(ids.map(() => inTime));
    expect(frozen.every((result) => result.status === 'rejected' && result.reason instanceof PublishUnacknowledged)).toBe(true);
    expect(publisher.inFlight).toBe(0);
    servers.nats.thaw();
    const again = await publishAll(nats.publisher, ids);
    expect(again.every((result) => result.status === 'fulfilled' && result.value.duplicate)).toBe(true);
    expect(await count()).toBe(ids.length);
    await publisher.close();
  });
});

describe('a server that dies', () => {
  test('leaves no message waiting: those in flight and those sent during the outage fail at once, and succeed when it is back', async () => {
    const publisher = new Publisher(nats.nc, { ackTimeoutMs: 60_000 });
    const before = await count();
    servers.nats.freeze();
    const names = ids.map((id) => `killed-${id}`);
    const inFlight = publishAll(publisher, names.slice(0, 50));
    await servers.nats.kill();
    expect((await inFlight).every(({ status }) => status === 'rejected')).toBe(true);
    const duringOutage = await publishAll(publisher, names.slice(50));
    expect(duringOutage.every(({ status }) => status === 'rejected')).toBe(true);

    const back = reconnected(nats);
    await servers.nats.restart();
    await back;
    // The stream may be back a moment later than the connection.
    await expect.poll(async () => (await publishAll(publisher, names)).every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await count()).toBe(before + names.length);
    await publisher.close();
  });
});

describe('a store that is full', () => {
  test('refuses messages, which is an outage: a consumer that publishes holds its batch, and goes on when there is room', async () => {
    const [source, target, filler] = [await newStream(nats), await newStream(nats), await newStream(nats)];
    await publishTexts(nats, source, numbered(20));
    const fill = (i: number) => nats.publisher.publish(`${filler}.a`, new Uint8Array(1_000_000), `filler-${i}`);
    for (let i = 0; i < 40; i += 1) if ((await Promise.allSettled([fill(i)]))[0]?.status === 'rejected') break;
    const refusal = await nats.publisher.publish(`${target}.a`, new Uint8Array(1_000_000), 'one').catch((error: Error) => error);
    expect(refusal).toBeInstanceOf(PublishRefused);
    expect(isOutage(refusal)).toBe(true);

    const log = new RecordedLog();
    await consume(nats, {
      stream: source,
      log,
      maxTries: 1,
      handle: async (batch) => {
        const large = 'x'.repeat(100_000);
        await Promise.all(batch.map(({ value }) => nats.publisher.publish(`${target}.a`, large, value)));
      },
    });
    await expect.poll(() => log.lines[0]).toMatch(/^no message can be handled/);
    await nats.jsm.streams.delete(filler);
    await expect.poll(() => isAtRest(nats, source)).toBe(true);
    expect((await nats.jsm.streams.info(target)).state.messages).toBe(20);
    expect(log.lines).toHaveLength(2);
  });
});
