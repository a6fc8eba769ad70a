import { userIdLike } from 'simulation';
import { afterAll, beforeAll, inject } from 'vitest';
import { waitUntil } from '../processes/wait-until.ts';
import { onceUnused, onServerOf, openConnections, urlOfDatabase } from './databases.ts';
import { deleteStreams } from './nats-accounts.ts';
import { flush } from './redis-databases.ts';
import { giveBackSlot, takeSlot } from './slots.ts';

export { randomTests } from './random-tests.ts';

/** One user id of each form that identity providers have. */
export const foreignUserIds = (name: string): string[] => Array.from({ length: 8 }, (_, form) => userIdLike(name, form));

/** URLs of an empty Redis database, an empty NATS account and a freshly migrated PostgreSQL database. */
export interface TestServers {
  readonly redisUrl: string;
  /** With user and password. */
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/** If NATS_URL allows one file at a time, the others wait as long as the slowest one takes. */
const takeSlotWithinMs = 10 * 60_000;

/**
 * Call it once at the top of a test file (or of a `describe`). The URLs can be read from the first `beforeAll` on. Their databases belong
 * to this file and are dropped at its end. A file that leaves a database connection open fails: a leaked pool hides the next one.
 */
export function useTestServers(): TestServers {
  const info = inject('testServers');
  let servers: (TestServers & { slot: number; database: string }) | undefined;

  beforeAll(async () => {
    const slot = await takeSlot(info.slotsFolder, info.slots.length, takeSlotWithinMs);
    const urls = info.slots[slot];
    if (urls === undefined) throw new Error(`There is no slot ${slot}.`);
    const database = info.template.replace('template', `${slot}_${Date.now().toString(36)}`);
    await onServerOf(info.adminUrl, (client) => onceUnused(client, `CREATE DATABASE ${database} TEMPLATE ${info.template}`));
    servers = { ...urls, databaseUrl: urlOfDatabase(info.adminUrl, database), slot, database };
  }, takeSlotWithinMs);

  afterAll(async () => {
    if (servers === undefined) return;
    const { slot, database, redisUrl, natsUrl } = servers;
    const left = await onServerOf(info.adminUrl, async (client) => {
      let open = 0;
      // A connection that was just closed is still listed for a moment, and longer if its backend has to wait for a core.
      await waitUntil(async () => {
        open = await openConnections(client, database);
        return open === 0;
      }, 30_000);
      await onceUnused(client, `DROP DATABASE ${database} WITH (FORCE)`);
      return open;
    });
    await Promise.all([flush(redisUrl), deleteStreams(natsUrl)]);
    giveBackSlot(info.slotsFolder, slot);
    if (left > 0) throw new Error(`This file left ${left} database connection(s) open at its end: close its pools in afterAll.`);
  });

  const read = (name: keyof TestServers) => {
    if (servers === undefined) throw new Error(`${name} is there from beforeAll on, not while tests are being declared.`);
    return servers[name];
  };
  return {
    get redisUrl() {
      return read('redisUrl');
    },
    get natsUrl() {
      return read('natsUrl');
    },
    get databaseUrl() {
      return read('databaseUrl');
    },
  };
}
