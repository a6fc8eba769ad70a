import { randomBytes } from 'node:crypto';
import { migrate } from 'seckill-prisma';
import type { TestProject } from 'vitest/node';
import { startServers } from '../servers/start-servers.ts';
import { dropDatabasesLike, onServerOf, urlOfDatabase } from './databases.ts';
import { natsTestUrls } from './nats-accounts.ts';
import { redisTestUrls } from './redis-databases.ts';

/** What vitest hands to each test file: see use-test-servers.ts. */
export interface TestServersInfo {
  /** One folder in it for each slot in use. */
  slotsFolder: string;
  slots: { redisUrl: string; natsUrl: string }[];
  /** A database with every migration, to be copied. */
  template: string;
  /** A database of the same server to send CREATE DATABASE to. */
  adminUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    testServers: TestServersInfo;
  }
}

/** More than there are test files, so that a file seldom meets a slot that another one has used. */
const accounts = 120;
/**
 * Streams reserve their room in the server's store, but only what they hold takes space on the disk. By default the store is as large as most
 * of the free disk, and on a small disk the first files would leave no room to the next.
 */
const store = '100TB';

/** Once before all test files: one Redis, one NATS, one PostgreSQL, which the files share without seeing each other. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const servers = await startServers(
    { redis: {}, nats: { accounts, store }, postgres: { durable: false } },
    { useEnvironment: true, say: console.log, label: 'test' },
  );
  const prefix = `seckill_test_${randomBytes(4).toString('hex')}`;
  const template = `${prefix}_template`;
  const adminUrl = servers.postgres.url;
  try {
    await onServerOf(adminUrl, (client) => client.query(`CREATE DATABASE ${template}`));
    await migrate({ databaseUrl: urlOfDatabase(adminUrl, template) });
    const natsUrls = await natsTestUrls(servers.nats);
    const redisUrls = await redisTestUrls(servers.redis);
    const slots = natsUrls.flatMap((natsUrl, index) => {
      const redisUrl = redisUrls[index];
      return redisUrl === undefined ? [] : [{ natsUrl, redisUrl }];
    });
    project.provide('testServers', { slotsFolder: servers.folder.sub('slots'), slots, template, adminUrl });
  } catch (error) {
    await servers.stop();
    throw error;
  }
  return async () => {
    // Private ones go with the server.
    if (!servers.postgres.isPrivate) await dropDatabasesLike(adminUrl, prefix);
    await servers.stop();
  };
}
