import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import type { PrismaClient } from 'seckill-prisma';

export interface Readiness {
  ready: boolean;
  /** The servers that are away and the parts that have not started: `redis`, `nats`, `postgres`, `worker`. */
  waitingFor: string[];
}

const PATIENCE_MS = 1_000;

/** Checks each server; one that does not answer within a second counts as away. */
export async function readReadiness(
  started: boolean,
  servers: { nc?: NatsConnection | undefined; redis: Redis; prisma: PrismaClient },
): Promise<Readiness> {
  const answers = {
    redis: servers.redis.status === 'ready' && (await within(servers.redis.ping())),
    nats: servers.nc !== undefined && !servers.nc.isClosed() && (await within(servers.nc.flush())),
    postgres: await within(servers.prisma.$queryRaw`SELECT 1 AS one`),
    worker: started,
  };
  const waitingFor = Object.entries(answers).flatMap(([name, well]) => (well ? [] : [name]));
  return { ready: waitingFor.length === 0, waitingFor };
}

async function within(answer: PromiseLike<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const came = Promise.resolve(answer).then(
    () => true,
    () => false,
  );
  return Promise.race([came, tooLate]).finally(() => clearTimeout(timer));
}
