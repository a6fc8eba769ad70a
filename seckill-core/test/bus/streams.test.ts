import { type JetStreamManager, jetstreamManager, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import { AuthorizationError, type NatsConnection } from '@nats-io/nats-core';
import { startServers } from 'dev';
import { useTestServers } from 'dev/test';
import { connectNats, ensureStreams, NatsTrouble, natsOptions, Publisher, PublishRefused, STREAMS } from 'seckill-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { natsWithConfig } from './nats-with-config.ts';
import { PATIENCE_MS } from './use-nats.ts';

const servers = useTestServers();
let nc: NatsConnection;
let jsm: JetStreamManager;

beforeAll(async () => {
  nc = await connectNats(servers.natsUrl, 'test');
  jsm = await jetstreamManager(nc, { timeout: PATIENCE_MS });
});
beforeEach(async () => {
  for await (const { config } of jsm.streams.list()) await jsm.streams.delete(config.name);
});
afterAll(() => nc.close());

const names = Object.values(STREAMS).map(({ name }) => name);
const configOf = async (name: string) => (await jsm.streams.info(name)).config;

describe('ensureStreams', () => {
  test('creates every stream, so that a full one refuses a winner instead of dropping another', async () => {
    await ensureStreams(jsm);
    for (const name of names) expect(await configOf(name)).toMatchObject({ retention: 'limits', storage: 'file' });
    expect(await configOf(STREAMS.reservations.name)).toMatchObject({
      discard: 'new',
      subjects: ['seckill.reserved.*.*', 'seckill.reserved.*.*.priority', 'seckill.reserved.*.*.hot'],
    });
  });

  test('twice, and by two processes at once, changes nothing and loses no message', async () => {
    await Promise.all([ensureStreams(jsm), ensureStreams(jsm)]);
    await jsm.jetstream().publish('seckill.order.paid.sale', 'fact');
    await ensureStreams(jsm);
    expect((await jsm.streams.info(STREAMS.orders.name)).state.messages).toBe(1);
  });

  test('updates a stream with older settings and keeps its messages', async () => {
    const { name, subjects } = STREAMS.orders;
    // Earlier versions had no events of sales.
    await jsm.streams.add({ name, subjects: ['seckill.order.*.*'], max_age: 1e12, discard: 'new' });
    await jsm.jetstream().publish('seckill.order.paid.sale', 'fact');
    await ensureStreams(jsm);
    expect(await configOf(name)).toMatchObject({ discard: 'old', subjects, max_age: STREAMS.orders.maxAgeMs * 1e6 });
    expect((await jsm.streams.info(name)).state.messages).toBe(1);
  });
});

describe('a user that may not create streams', () => {
  test('works with streams that an administrator has made; otherwise the error names the missing right', async () => {
    const deny = '["$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.UPDATE.>"]';
    const users = `{ user: admin, password: p }, { user: shop, password: p, permissions: { publish: { deny: ${deny} } } }`;
    const { port } = await natsWithConfig(`accounts: { SHOP: { jetstream: enabled, users: [${users}] } }`);
    const [admin, shop] = await Promise.all(
      ['admin', 'shop'].map(async (user) => {
        const connection = await connectNats(`nats://${user}:p@127.0.0.1:${port}`, 'test');
        onTestFinished(() => connection.close());
        return jetstreamManager(connection, { timeout: PATIENCE_MS });
      }),
    );
    if (admin === undefined || shop === undefined) throw new Error('There are two users.');
    await expect(ensureStreams(shop)).rejects.toThrow(/no right to publish to \$JS\.API\.STREAM\.CREATE\.SECKILL_/);
    await ensureStreams(admin);
    await ensureStreams(shop);
    await expect(ensureStreams(shop, { storeBytes: 1e12 })).rejects.toThrow(/STREAM\.UPDATE/);
  });
});

describe('a right that the server refuses', () => {
  test('is named once, without ids, and a refused user as well', async () => {
    const rights = '{ publish: { deny: "seckill.reserved.>" }, subscribe: { deny: "seckill.user.*" } }';
    const { port } = await natsWithConfig(`authorization: { users: [{ user: shop, password: p, permissions: ${rights} }] }`);
    const connection = await connectNats(`nats://shop:p@127.0.0.1:${port}`, 'test');
    onTestFinished(() => connection.close());
    const said: string[] = [];
    const trouble = new NatsTrouble({ error: (_, text) => void said.push(text) });
    void (async () => {
      for await (const status of connection.status()) trouble.note(status);
    })();
    await connection.flush();
    expect(trouble.sentence).toBeUndefined();

    const start = 'In NATS, the user of NATS_URL or NATS_CREDS has no right to';
    const end = 'Grant it and restart this process.';
    for (let i = 0; i < 3; i += 1) connection.publish(`seckill.reserved.sale.${i}`);
    await expect.poll(() => trouble.sentence).toBe(`${start} publish to seckill.reserved.>. ${end}`);
    connection.subscribe('seckill.user.ann', { callback: () => {} });
    await expect.poll(() => trouble.sentence).toBe(`${start} subscribe to seckill.user.>. ${end}`);
    // A refused subscription is not made again, so it stays the reason.
    connection.publish('seckill.reserved.sale.4');
    await connection.flush();
    await connection.flush();
    expect(trouble.sentence).toContain('subscribe');
    expect(said).toEqual([`${start} publish to seckill.reserved.>. ${end}`, `${start} subscribe to seckill.user.>. ${end}`]);

    trouble.noteError(new AuthorizationError('Authorization Violation'));
    expect(trouble.sentence).toBe('NATS refuses the user of NATS_URL or NATS_CREDS.');
    trouble.connected();
    expect(trouble.sentence).toContain('subscribe');
  });
});

const maxBytes = async (manager: JetStreamManager) =>
  Promise.all(Object.values(STREAMS).map(async ({ name }) => (await manager.streams.info(name)).config.max_bytes));
const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

describe('room', () => {
  test('every stream has a limit, and together they take what was set', async () => {
    await ensureStreams(jsm, { storeBytes: 100_000_000 });
    expect(await maxBytes(jsm)).toEqual([25_000_000, 10_000_000, 10_000_000, 40_000_000, 10_000_000, 5_000_000]);
  });

  test('a full stream refuses a winner, and drops a fact', async () => {
    await ensureStreams(jsm, { storeBytes: 20_000 });
    const publisher = new Publisher(nc, { ackTimeoutMs: PATIENCE_MS });
    const publish = (subject: string, i: number) => publisher.publish(`${subject}.a.b`, 'x'.repeat(1_000), `${subject}-${i}`);
    for (let i = 0; i < 4; i += 1) await publish('seckill.reserved', i);
    await expect(publish('seckill.reserved', 4)).rejects.toThrow(PublishRefused);
    for (let i = 0; i < 12; i += 1) await publisher.publish('seckill.order.paid.sale', 'x'.repeat(1_000), `paid-${i}`);
    const { state } = await jsm.streams.info(STREAMS.orders.name);
    expect(state).toMatchObject({ last_seq: 12 });
    expect(state.first_seq).toBeGreaterThan(1);
    await publisher.close();
  });

  test('an existing stream without a limit gets one that holds all its messages', async () => {
    const { name, subjects } = STREAMS.reservations;
    await jsm.streams.add({ name, subjects: [...subjects], discard: 'new' });
    for (let i = 0; i < 10; i += 1) await jsm.jetstream().publish('seckill.reserved.a.b', 'x'.repeat(1_000));
    await ensureStreams(jsm, { storeBytes: 20_000 });
    const { config, state } = await jsm.streams.info(name);
    expect(state.messages).toBe(10);
    expect(config.max_bytes).toBeGreaterThan(state.bytes);
  });

  test('what an operator raised stays, whichever worker starts without the setting', async () => {
    await ensureStreams(jsm, { storeBytes: 10_000_000 });
    const raised = { max_bytes: 77_000_000, max_age: 400 * 24 * 3_600e9, duplicate_window: 600e9 };
    await jsm.streams.update(STREAMS.payments.name, raised);
    await jsm.streams.update(STREAMS.reservations.name, { max_age: 0 });
    await ensureStreams(jsm);
    await ensureStreams(jsm, { storeBytes: 20_000_000, replicas: 1 });
    expect(await configOf(STREAMS.payments.name)).toMatchObject(raised);
    expect(await configOf(STREAMS.reservations.name)).toMatchObject({ max_age: 0, max_bytes: 5_000_000 });
  });

  test('replicas are never taken away', async () => {
    await ensureStreams(jsm, { storeBytes: 10_000_000 });
    const asked: (number | undefined)[] = [];
    // A single server cannot have three; it only has to be asked for them.
    const ofThree = {
      info: async (name: string) => {
        const info = await jsm.streams.info(name);
        return { ...info, config: { ...info.config, num_replicas: 3 } };
      },
      update: async (_: string, config: { num_replicas?: number }) => {
        asked.push(config.num_replicas);
        return { config };
      },
    };
    const cluster = { streams: ofThree } as unknown as JetStreamManager;
    await ensureStreams(cluster);
    await ensureStreams(cluster, { replicas: 1 });
    // A stream that is as wanted is not updated: any request would be one for fewer.
    expect(asked).toEqual([]);
  });
});

/** A server for one test. */
async function smallStore(nats: { store: string; accountLimits?: string }): Promise<JetStreamManager> {
  const small = await startServers({ nats }, { label: 'small-store' });
  onTestFinished(() => small.stop());
  const connection = await connectNats(small.nats.url, 'test');
  // Registered last, so it runs first: the connection closes before its server stops.
  onTestFinished(() => connection.close());
  return jetstreamManager(connection, { timeout: PATIENCE_MS });
}

describe('a small store', () => {
  test('and an account that requires limits get streams that fit; one that does not fit is refused in a sentence', async () => {
    const accountLimits = 'max_mem: 1MB, max_file: 100MB, max_bytes_required: true';
    const manager = await smallStore({ store: '1GB', accountLimits });
    await expect(ensureStreams(manager, { storeBytes: 900_000_000 })).rejects.toThrow(/STREAM_STORE_BYTES to less/);
    for await (const { config } of manager.streams.list()) await manager.streams.delete(config.name);
    // Left behind by a worker that died while it measured.
    await manager.streams.add({ name: 'SECKILL_ROOM', subjects: ['seckill.room'], max_bytes: 1_000 });
    await Promise.all([ensureStreams(manager), ensureStreams(manager)]);
    await manager.streams.delete(STREAMS.orders.name);
    // Another one died, or measures at the same moment.
    await manager.streams.add({ name: 'SECKILL_ROOM', subjects: ['SECKILL_ROOM'], max_bytes: 60_000_000 });
    await ensureStreams(manager, { storeBytes: 60_000_000 });
    const total = sum(await maxBytes(manager));
    expect(total).toBeGreaterThan(50_000_000);
    expect(total).toBeLessThan(100_000_000);
    expect((await manager.streams.names().next()).map((name: string) => name).toSorted()).toEqual(names.toSorted());
  });

  test('whose stream was lost gets it back, in the room that the other streams leave', async () => {
    const manager = await smallStore({ store: '100MB' });
    await ensureStreams(manager);
    const [reservations = 0, ...others] = await maxBytes(manager);
    await manager.streams.delete(STREAMS.reservations.name);
    await ensureStreams(manager);
    const [again, ...asBefore] = await maxBytes(manager);
    expect(again).toBeGreaterThanOrEqual(reservations);
    expect(asBefore).toEqual(others);
  });

  test('of an earlier version gets the stream of the waiting rooms in the room that is left, and loses no message', async () => {
    const manager = await smallStore({ store: '100MB' });
    const setting = { storeBytes: 60_000_000 };
    await ensureStreams(manager, setting);
    await manager.streams.delete(STREAMS.queue.name);
    // The operator gave the events all the rest but 3 MB.
    await manager.streams.update(STREAMS.orders.name, { max_bytes: 67_000_000 });
    await manager.jetstream().publish('seckill.order.paid.sale', 'fact');
    const before = await manager.streams.info(STREAMS.orders.name);
    await ensureStreams(manager, setting);
    const queue = await manager.streams.info(STREAMS.queue.name);
    expect(queue.config).toMatchObject({ discard: 'new', subjects: ['seckill.queue.*'] });
    expect(queue.config.max_bytes).toBeGreaterThan(100_000);
    const orders = await manager.streams.info(STREAMS.orders.name);
    expect([orders.config.max_bytes, orders.state.messages]).toEqual([before.config.max_bytes, 1]);
    await ensureStreams(manager, setting);
  });
});

describe('a stream of another program', () => {
  const { name, subjects } = STREAMS.reservations;

  test.each([
    { key: 'retention', config: { retention: RetentionPolicy.Workqueue }, has: '"workqueue", Seckill needs "limits"' },
    { key: 'storage', config: { storage: StorageType.Memory }, has: '"memory", Seckill needs "file"' },
  ])('that cannot be brought to our $key is named, with what to do', async ({ key, config, has }) => {
    await jsm.streams.add({ name, subjects: [...subjects], ...config });
    await expect(ensureStreams(jsm)).rejects.toThrow(`Stream ${name} has ${key} ${has}`);
    await expect(ensureStreams(jsm)).rejects.toThrow(`nats stream rm ${name}`);
  });

  test('that has our subjects under another name is an error with the reason of the server', async () => {
    await jsm.streams.add({ name: 'OTHER', subjects: ['seckill.>'] });
    await expect(ensureStreams(jsm)).rejects.toThrow(
      `Stream ${name} for seckill.reserved.*.*, seckill.reserved.*.*.priority, seckill.reserved.*.*.hot cannot be created: subjects overlap`,
    );
  });
});

describe('a URL of NATS', () => {
  test('carries user and password, a token, or nothing', () => {
    expect(natsOptions('nats://ann:p%40ss@host:4222')).toEqual({ servers: ['nats://host:4222'], user: 'ann', pass: 'p@ss' });
    expect(natsOptions('nats://secret@host:4222')).toEqual({ servers: ['nats://host:4222'], token: 'secret' });
    expect(natsOptions('nats://a:1, nats://b:2')).toEqual({ servers: ['nats://a:1', 'nats://b:2'] });
  });

  test('that is malformed is an error with an example', () => {
    expect(() => natsOptions('not a url')).toThrow('Example: nats://127.0.0.1:4222');
  });
});
