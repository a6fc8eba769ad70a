import { waitUntil } from 'dev';
import type { Redis } from 'ioredis';
import { onRedis } from './on-redis.ts';

const SYNC_WITHIN_MS = 20_000;

/** A second Redis beside the first, and what sends clients to one of them. */
export interface Pair {
  firstUrl: string;
  secondUrl: string;
  lead(url: string): void;
}

/**
 * Copies the first Redis into the second, stops the replication, lets the first go on for `staleForMs`, and then promotes the stale copy. The
 * function it returns fails back: the first becomes a copy of the second and is promoted, with the same run id as before.
 */
export async function promoteStaleReplica(pair: Pair, staleForMs: number): Promise<() => Promise<void>> {
  await copy(pair.firstUrl, pair.secondUrl);
  await new Promise((resolve) => setTimeout(resolve, staleForMs));
  pair.lead(pair.secondUrl);
  return async () => {
    await copy(pair.secondUrl, pair.firstUrl);
    pair.lead(pair.firstUrl);
  };
}

/** Makes `to` a copy of `from`, as a replica that is then cut off. */
function copy(from: string, to: string): Promise<void> {
  const source = new URL(from);
  return onRedis(from, (master) =>
    onRedis(to, async (replica) => {
      // By default a master waits five seconds for more replicas.
      await master.config('SET', 'repl-diskless-sync-delay', '0');
      await replica.config('SET', 'masterauth', source.password);
      await replica.replicaof(source.hostname, Number(source.port));
      if (!(await waitUntil(() => isInSync(replica), SYNC_WITHIN_MS))) throw new Error('The replica did not catch up.');
      await replica.replicaof('NO', 'ONE');
    }),
  );
}

async function isInSync(replica: Redis): Promise<boolean> {
  return /master_link_status:up/.test(await replica.info('replication'));
}
