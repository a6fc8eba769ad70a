import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import { examineRedis, type NatsTrouble, RedisUnfit, redisRefusal, sqlState } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { lastRefusal } from './connect-redis.ts';

export interface Readiness {
  ready: boolean;
  /** The servers that do not serve and the parts that do not work: `redis`, `nats`, `postgres`, `worker`, `batches`. */
  waitingFor: string[];
  /** Why, one sentence each, without addresses and passwords. */
  because: string[];
}

const PATIENCE_MS = 1_000;
/** A batch that has been tried for longer waits for a server, even if that server answers a ping. */
const OLDEST_BATCH_MS = 15_000;

interface Checked {
  nc?: NatsConnection | undefined;
  nats?: Pick<NatsTrouble, 'sentence'>;
  redis: Redis;
  prisma: PrismaClient;
  /** The running worker. */
  worker: { oldestBatchMs(): number } | undefined;
}

/** Checks each server; one that does not answer within a second counts as away. */
export async function readReadiness({ nc, nats, redis, prisma, worker }: Checked): Promise<Readiness> {
  const [redisTrouble, natsTrouble, postgresTrouble] = await Promise.all([
    troubleOfRedis(redis),
    troubleOfNats(nc, nats),
    troubleOfPostgres(prisma),
  ]);
  const batchMs = worker?.oldestBatchMs() ?? 0;
  const troubles = {
    redis: redisTrouble,
    nats: natsTrouble,
    postgres: postgresTrouble,
    worker: worker === undefined ? 'This worker has not started yet.' : undefined,
    batches:
      batchMs > OLDEST_BATCH_MS
        ? `A batch has been tried for ${Math.round(batchMs / 1_000)} s; the log says why it fails.`
        : undefined,
  };
  const found = Object.entries(troubles).flatMap(([name, why]) => (why === undefined ? [] : [{ name, why }]));
  return { ready: found.length === 0, waitingFor: found.map(({ name }) => name), because: found.map(({ why }) => why) };
}

async function troubleOfRedis(redis: Redis): Promise<string | undefined> {
  const away = 'Redis is away.';
  if (redis.status !== 'ready') return lastRefusal(redis) ?? away;
  const checked = await outcome(examineRedis(redis));
  if ('value' in checked) return undefined;
  return checked.error instanceof RedisUnfit ? checked.error.message : (redisRefusal(checked.error) ?? away);
}

async function troubleOfNats(nc: NatsConnection | undefined, nats: Checked['nats']): Promise<string | undefined> {
  if (nats?.sentence !== undefined) return nats.sentence;
  const answers = nc !== undefined && !nc.isClosed() && 'value' in (await outcome(nc.flush()));
  return answers ? undefined : 'NATS is away.';
}

async function troubleOfPostgres(prisma: PrismaClient): Promise<string | undefined> {
  const session = await outcome(
    prisma.$queryRaw<{ on: boolean }[]>`SELECT current_setting('transaction_read_only') = 'on' AS on`,
  );
  if ('error' in session) return refusalOfPostgres(session.error);
  return session.value[0]?.on === true
    ? 'PostgreSQL is read-only: it is a standby, or default_transaction_read_only is on.'
    : undefined;
}

const POSTGRES_REFUSALS: Readonly<Record<string, string>> = {
  '28000': 'PostgreSQL refuses the user in DATABASE_URL.',
  '28P01': 'PostgreSQL refuses the user or the password in DATABASE_URL.',
  '3D000': 'The database in DATABASE_URL does not exist.',
  '42501': 'The user in DATABASE_URL lacks a right in PostgreSQL.',
  '53300': 'PostgreSQL has no free connection. Raise max_connections, or lower DATABASE_CONNECTIONS.',
  '57P03': 'PostgreSQL is starting or stopping.',
};

function refusalOfPostgres(error: unknown): string {
  const state = sqlState(error);
  if (state === undefined) return 'PostgreSQL is away.';
  return POSTGRES_REFUSALS[state] ?? `PostgreSQL refuses to serve (SQLSTATE ${state}); the log says more.`;
}

type Outcome<Value> = { value: Value } | { error: unknown };

/** Resolves to an error if the answer is one, or late. */
async function outcome<Value>(answer: PromiseLike<Value>): Promise<Outcome<Value>> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<Outcome<Value>>((resolve) => {
    timer = setTimeout(() => resolve({ error: undefined }), PATIENCE_MS);
  });
  const came = Promise.resolve(answer).then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
  return Promise.race<Outcome<Value>>([came, tooLate]).finally(() => clearTimeout(timer));
}
