import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import type { PrismaClient } from 'seckill-prisma';

export interface Readiness {
  ready: boolean;
  /** The servers that are away and the parts that do not work: `redis`, `nats`, `postgres`, `worker`, `batches`. */
  waitingFor: string[];
  /** Why, unless a server is just away. */
  because: string[];
}

const PATIENCE_MS = 1_000;
/** A batch that has been tried for longer waits for a server, even if that server answers a ping. */
const OLDEST_BATCH_MS = 15_000;

interface Checked {
  nc?: NatsConnection | undefined;
  redis: Redis;
  prisma: PrismaClient;
  /** The running worker. */
  worker: { oldestBatchMs(): number } | undefined;
}

/** Checks each server; one that does not answer within a second counts as away. */
export async function readReadiness({ nc, redis, prisma, worker }: Checked): Promise<Readiness> {
  const because: string[] = [];
  const batchMs = worker?.oldestBatchMs() ?? 0;
  if (batchMs > OLDEST_BATCH_MS)
    because.push(`A batch has been tried for ${Math.round(batchMs / 1_000)} s; the log says why it fails.`);
  const session = await within(prisma.$queryRaw<{ on: boolean }[]>`SELECT current_setting('transaction_read_only') = 'on' AS on`);
  const isReadOnly = session?.[0]?.on === true;
  if (isReadOnly) because.push('PostgreSQL is read-only: it is a standby, or default_transaction_read_only is on.');
  const answers = {
    redis: redis.status === 'ready' && (await within(redis.ping())) !== undefined,
    nats: nc !== undefined && !nc.isClosed() && (await within(nc.flush().then(() => true))) === true,
    postgres: session !== undefined && !isReadOnly,
    worker: worker !== undefined,
    batches: batchMs <= OLDEST_BATCH_MS,
  };
  const waitingFor = Object.entries(answers).flatMap(([name, well]) => (well ? [] : [name]));
  return { ready: waitingFor.length === 0, waitingFor, because };
}

/** Resolves to undefined if the answer is an error, or late. */
async function within<Answer>(answer: PromiseLike<Answer>): Promise<Answer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const came = Promise.resolve(answer).catch(() => undefined);
  return Promise.race([came, tooLate]).finally(() => clearTimeout(timer));
}
