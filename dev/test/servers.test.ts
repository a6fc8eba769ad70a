import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { natsOptions } from 'seckill-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isAlive } from '../processes/process-table.ts';
import { root } from '../processes/root.ts';
import { freePort } from '../servers/free-port.ts';
import { type RunningServers, startServers } from '../servers/start-servers.ts';

let servers: RunningServers<{ redis: object; nats: object; postgres: object }>;

beforeAll(async () => {
  servers = await startServers({ redis: {}, nats: {}, postgres: { durable: false } });
});
afterAll(() => servers.stop());

describe('Redis', () => {
  test('does not throw away what was written, and writes it down', async () => {
    const redis = new Redis(servers.redis.url);
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect(await redis.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
    expect(await redis.config('GET', 'databases')).toEqual(['databases', '128']);
    redis.disconnect();
  });

  test('has its data again, on the same port, after a kill -9 and a restart', async () => {
    const redis = new Redis(servers.redis.url);
    redis.on('error', () => {});
    await redis.set('kept', 'yes');
    const before = servers.redis.pid ?? 0;
    await servers.redis.kill();
    expect(isAlive(before)).toBe(false);
    await servers.redis.restart();
    expect(servers.redis.pid).not.toBe(before);
    expect(await redis.get('kept')).toBe('yes');
    redis.disconnect();
  });

  test('answers nothing while frozen, and everything afterwards', async () => {
    const redis = new Redis(servers.redis.url);
    await redis.ping();
    servers.redis.freeze();
    const answer = redis.ping();
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'silence'))]);
    servers.redis.thaw();
    expect(first).toBe('silence');
    expect(await answer).toBe('PONG');
    redis.disconnect();
  });

  test('restarts with the password that it was given while it ran', async () => {
    const redis = new Redis(servers.redis.url);
    const changed = new URL(servers.redis.url);
    const { password } = changed;
    changed.password = 'changed';
    const setPassword = async (client: Redis, to: string) => {
      await client.config('SET', 'requirepass', to);
      await client.config('REWRITE');
    };
    await setPassword(redis, changed.password);
    redis.disconnect();
    await servers.redis.restart();
    const again = new Redis(changed.href);
    await setPassword(again, password);
    again.disconnect();
  });

  test('refuses connections without the password', async () => {
    const redis = new Redis({ port: servers.redis.port, maxRetriesPerRequest: 0 });
    redis.on('error', () => {}); // the greeting is refused as well
    await expect(redis.ping()).rejects.toThrow('NOAUTH');
    redis.disconnect();
  });
});

describe('NATS', () => {
  test('is the same server to its clients after a kill -9 and a restart', async () => {
    const options = { ...natsOptions(servers.nats.url), reconnectTimeWait: 20, maxReconnectAttempts: -1 };
    const client = await connect(options);
    const reconnected = nextReconnect(client);
    await servers.nats.kill();
    await servers.nats.restart();
    await reconnected;
    expect(client.info?.jetstream).toBe(true);
    await client.close();
  });
});

async function nextReconnect(client: NatsConnection): Promise<void> {
  for await (const { type } of client.status()) if (type === 'reconnect') return;
  throw new Error('The client was closed before it had reconnected.');
}

describe('PostgreSQL', () => {
  test('keeps what was committed over a kill -9', async () => {
    const before = await connectTo(servers.postgres.url);
    await before.query('CREATE TABLE kept (value text)');
    await before.query("INSERT INTO kept VALUES ('yes')");
    await servers.postgres.kill();
    await before.end().catch(() => {});
    await servers.postgres.restart();
    const after = await connectTo(servers.postgres.url);
    expect((await after.query('SELECT value FROM kept')).rows).toEqual([{ value: 'yes' }]);
    await after.end();
  });

  test('restarts with the password that it was given while it ran', async () => {
    const changed = new URL(servers.postgres.url);
    const { password } = changed;
    changed.password = 'changed';
    const setPassword = async (url: string, to: string) => {
      const client = await connectTo(url);
      await client.query(`ALTER ROLE CURRENT_USER PASSWORD '${to}'`);
      await client.end();
    };
    await setPassword(servers.postgres.url, changed.password);
    await servers.postgres.restart();
    await setPassword(changed.href, password);
  });

  test('freezes with all of its processes', async () => {
    const client = await connectTo(servers.postgres.url);
    servers.postgres.freeze();
    const answer = client.query('SELECT 1 AS one');
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'silence'))]);
    servers.postgres.thaw();
    expect(first).toBe('silence');
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test('stops at once although clients are connected', async () => {
    const client = await connectTo(servers.postgres.url);
    const start = performance.now();
    await servers.postgres.stop();
    // What waits for its clients is killed after 15 s.
    expect(performance.now() - start).toBeLessThan(15_000);
    expect(readFileSync(servers.postgres.logFile ?? '', 'utf8')).toContain('database system is shut down');
    await client.end().catch(() => {});
    await servers.postgres.restart();
  });

  async function connectTo(url: string): Promise<Client> {
    const client = new Client({ connectionString: url });
    client.on('error', () => {}); // its server is taken away under it
    await client.connect();
    return client;
  }
});

test('a server that does not start says what it said itself, and leaves nothing', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = new URL('./broken-servers', import.meta.url).pathname;
  try {
    const failure = await startServers({ redis: {} }).then(
      () => new Error('started'),
      (error: Error) => error,
    );
    expect(failure.message).toContain('redis did not start: it ended with exit code 3.');
    expect(failure.message).toContain('the disk is on fire');
    const folder = /(\S+)\/redis\/log/.exec(failure.message)?.[1] ?? '';
    expect(folder).not.toBe('');
    expect(existsSync(folder)).toBe(false);
  } finally {
    process.env['PATH'] = before;
  }
});

test('no port is handed out twice, not by another process either: what is down for a restart finds its own free', async () => {
  const ports: number[] = [];
  for (let i = 0; i < 150; i += 1) ports.push(await freePort());
  const code = `import('./dev/servers/free-port.ts').then(async ({ freePort }) => {
    for (let i = 0; i < 150; i += 1) console.log(await freePort());
  })`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', code], { cwd: root });
  const all = [...ports, ...stdout.trim().split('\n').map(Number)];
  expect(new Set(all).size).toBe(300);
  // Those that the system hands to clients begin above.
  expect(all.filter((port) => !(port >= 20_000 && port < 30_000))).toEqual([]);
});

describe('foreign servers', () => {
  const variable = 'REDIS_URL';
  afterEach(() => {
    delete process.env[variable];
  });

  test('are used if the environment names them, and are never killed', async () => {
    process.env[variable] = servers.redis.url;
    const { redis, stop } = await startServers({ redis: {} }, { useEnvironment: true });
    expect(redis.url).toBe(servers.redis.url);
    expect(redis.isPrivate).toBe(false);
    await expect(redis.kill()).rejects.toThrow('Unset REDIS_URL for a private one');
    await stop();
    expect(servers.redis.pid).toBeDefined();
  });

  test('are ignored if private ones are requested', async () => {
    process.env[variable] = servers.redis.url;
    const { redis, stop } = await startServers({ redis: {} });
    expect(redis.isPrivate).toBe(true);
    await stop();
  });

  test('have to be there', async () => {
    process.env[variable] = 'redis://127.0.0.1:1';
    const start = startServers({ redis: {} }, { useEnvironment: true });
    await expect(start).rejects.toThrow('REDIS_URL names a server at 127.0.0.1:1, and none can be reached there (ECONNREFUSED)');
  });
});
