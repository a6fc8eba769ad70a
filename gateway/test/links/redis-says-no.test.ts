import { createServer, type Socket } from 'node:net';
import { type RunningServers, startServers, waitUntil } from 'dev';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { newReservationId, readRunId, redisRefusal, reserve } from 'seckill-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisAway, RedisLink } from '../../src/links/redis-link.ts';
import { openItems, saleSettings } from '../support/sales.ts';

/** A private server: each test changes its settings. */
let servers: RunningServers<{ redis: object }>;
let admin: Redis;
let link: RedisLink | undefined;
let lines: { level: number; msg: string; reason?: string; server?: string }[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });

beforeAll(async () => {
  servers = await startServers({ redis: {} }, { label: 'redis-says-no' });
  admin = new Redis(servers.redis.url);
});
afterAll(async () => {
  admin?.disconnect();
  await servers?.stop();
});
beforeEach(() => {
  lines = [];
});
afterEach(() => {
  link?.close();
  link = undefined;
});

const linkTo = (url: string, handshakeMs?: number): RedisLink => {
  const to = new RedisLink(url, log, handshakeMs);
  link = to;
  return to;
};
/** Private servers have a password of their own. */
const urlOfShop = (): string => servers.redis.url.replace(/\/\/[^@]*@/, '//shop:secret@');
const portOf = (url: string): string => new URL(url).port;
const passwordOf = (url: string): string => new URL(url).password;
const until = async (isSo: () => boolean): Promise<void> => expect(await waitUntil(async () => isSo(), 30_000)).toBe(true);
/** An item of which Redis knows nothing: the script only reads. */
const ask = (to: RedisLink) =>
  to.ask((redis, runId) =>
    reserve(redis, '00002a', runId, [
      { reservationId: '00000000-0000-7000-8000-00000000002a', userId: 'secret-buyer', quantity: 1 },
    ]),
  );

const winOf = (itemId: string, runId: string, count: number, progressSeen: number) => {
  const requests = Array.from({ length: count }, () => {
    const reservationId = newReservationId(itemId);
    return { reservationId, userId: reservationId, quantity: 1 };
  });
  return reserve(admin, itemId, runId, requests, { progressSeen });
};

const ASKED = 24;
/** More than a second of requests, each of which is refused. A machine that stands still may lose the connection and find the trouble again. */
async function askOften(to: RedisLink): Promise<void> {
  for (let i = 0; i < ASKED; i += 1) {
    await expect(ask(to)).rejects.toThrow(RedisAway);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each([
  { name: 'is out of memory', key: 'maxmemory', value: '1', back: '0', trouble: /out of memory/ },
  { name: 'lacks replicas', key: 'min-replicas-to-write', value: '1', back: '0', trouble: /fewer replicas/ },
  { name: 'evicts data', key: 'maxmemory-policy', value: 'allkeys-lru', back: 'noeviction', trouble: /allkeys-lru/ },
])('a Redis that $name', ({ key, value, back, trouble }) => {
  test('is away: the reason is known and logged once, and buyers are served again when it ends', async () => {
    const to = linkTo(servers.redis.url);
    await until(() => to.trouble === undefined);
    await admin.config('SET', key, value);
    try {
      await until(() => trouble.test(to.trouble ?? ''));
      await askOften(to);
      const warnings = lines.filter(({ reason }) => trouble.test(String(reason)));
      expect(warnings.length).toBeGreaterThan(0);
      expect(warnings.length).toBeLessThan(ASKED / 4);
    } finally {
      await admin.config('SET', key, back);
    }
    await until(() => to.trouble === undefined);
    expect((await ask(to)).answers).toEqual([{ answer: 'STOCK_UNKNOWN' }]);
    expect(lines.at(-1)?.msg).toBe('Redis is back');
  });
});

test.each([
  ['-@dangerous', /lacks the right to call INFO. Grant it with "ACL SETUSER <user> \+info"/],
  ['-@scripting', /lacks the right to run scripts/],
])('a Redis user with +@all %s is refused in one sentence that names the right', async (rights, sentence) => {
  await admin.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>secret', '~seckill:*', '+@all', rights);
  const to = linkTo(urlOfShop());
  await until(() => sentence.test(to.trouble ?? ''));
  await askOften(to);
  const warnings = lines.filter(({ level }) => level >= 40);
  expect(warnings.map(({ reason }) => reason)).toContain(to.trouble);
  expect(warnings.length).toBeLessThan(ASKED / 4);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('the rights that docs/operations.md asks for are enough', async () => {
  await admin.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>secret', ...RIGHTS);
  const to = linkTo(urlOfShop());
  await until(() => to.trouble === undefined);
  expect((await ask(to)).answers).toEqual([{ answer: 'STOCK_UNKNOWN' }]);
});
const RIGHTS = ['~seckill:*', '+@read', '+@write', '+@scripting', '+@connection', '-@dangerous', '+info', '+time'];

test('a password that was changed is reported, and the new one works without a restart of the gateway', async () => {
  await admin.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>other', ...RIGHTS);
  const to = linkTo(urlOfShop());
  await until(() => /password in REDIS_URL/.test(to.trouble ?? ''));
  await admin.call('ACL', 'SETUSER', 'shop', '>secret');
  await until(() => to.trouble === undefined);
});

test('a server that accepts connections and never answers is reported with its address', async () => {
  const sockets: Socket[] = [];
  const blackHole = createServer((socket) => void sockets.push(socket.on('error', () => {})));
  await new Promise<void>((resolve) => blackHole.listen(0, '127.0.0.1', resolve));
  const { port } = blackHole.address() as { port: number };
  linkTo(`redis://127.0.0.1:${port}`, 50);
  await until(() => lines.length > 0);
  expect(lines[0]).toMatchObject({ server: `127.0.0.1:${port}`, reason: expect.stringMatching(/does not answer within 50 ms/) });
  link?.close();
  link = undefined;
  for (const socket of sockets) socket.destroy();
  blackHole.close();
});

test('a promotion during which the connection stays open is another run id, and no win is missed before a gateway sees it', async () => {
  const to = linkTo(servers.redis.url);
  await until(() => to.trouble === undefined);
  const before = await readRunId(admin);
  const sale = saleSettings({ stock: 10 });
  await openItems(admin, sale);
  const win = (count: number, progressSeen: number) => winOf(sale.items[0]?.itemId ?? '', before, count, progressSeen);
  const { progress: copied } = await win(3, 0);
  const other = await startServers({ redis: {} }, { label: 'redis-other' });
  try {
    const copy = new Redis(other.redis.url);
    await copy.config('SET', 'masterauth', passwordOf(servers.redis.url));
    await admin.config('SET', 'masterauth', passwordOf(other.redis.url));
    await copy.call('REPLICAOF', '127.0.0.1', portOf(servers.redis.url));
    expect(await waitUntil(async () => /master_link_status:up/.test(await copy.info('replication')), 30_000)).toBe(true);
    await copy.call('REPLICAOF', 'NO', 'ONE');
    const newest = await win(7, copied);
    expect(newest).toMatchObject({
      left: 0,
      answers: Array.from({ length: 7 }, () => ({ answer: 'RESERVED', reservedAt: expect.any(Number) })),
    });
    await admin.call('REPLICAOF', '127.0.0.1', portOf(other.redis.url));
    expect(await waitUntil(async () => /master_link_status:up/.test(await admin.info('replication')), 30_000)).toBe(true);
    await expect(readRunId(admin)).rejects.toThrow(/read-only replica/);
    await admin.call('REPLICAOF', 'NO', 'ONE');
    // A gateway that has not examined the server yet still names the run id from before.
    expect((await win(10, newest.progress)).answers).toEqual(Array(10).fill({ answer: 'STOCK_UNKNOWN' }));
    copy.disconnect();
  } finally {
    await other.stop();
  }
  expect(await readRunId(admin)).not.toBe(before);
  await until(() => to.runId !== undefined && to.runId !== before);
});

test.each([
  ["OOM command not allowed when used memory > 'maxmemory'. script: f1, on @user_script:9.", /memory/],
  ['ERR Error running script (call to f_1): @user_script:9: -OOM command not allowed when used memory', /memory/],
  ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist on disk.', /disk/],
  ["READONLY You can't write against a read only replica.", /replica/],
  ['LOADING Redis is loading the dataset in memory', /loading/],
  ['BUSY Redis is busy running a script.', /busy/],
  ['MASTERDOWN Link with MASTER is down', /primary/],
  ["NOPERM User shop has no permissions to run the 'config|get' command", /CONFIG\|GET/],
  ["ERR The user executing the script can't run this command or subcommand script: f1", /scripts need/],
])('"%s" means not now', (message, sentence) => {
  expect(redisRefusal(new Error(message))).toMatch(sentence);
});

test.each(['ERR wrong number of arguments', 'WRONGTYPE Operation against a key', 'Connection is closed.'])(
  '"%s" is a fault, or no answer at all',
  (message) => expect(redisRefusal(new Error(message))).toBeUndefined(),
);
