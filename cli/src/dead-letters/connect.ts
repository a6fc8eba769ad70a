import { connect, type NatsConnection } from '@nats-io/transport-node';
import { connectRedis, DatabaseClock } from 'order-worker';
import { natsOptions, Publisher } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';

const natsUrl = process.env['NATS_URL'] || 'nats://127.0.0.1:4222';
const redisUrl = process.env['REDIS_URL'] || 'redis://127.0.0.1:6379';
const databaseUrl = process.env['DATABASE_URL'] || 'postgresql://seckill:seckill@127.0.0.1:5432/seckill';

/** A server is not there: a sentence for a person. */
export class Unreachable extends Error {}

export async function openNats(): Promise<{ nc: NatsConnection; publisher: Publisher; close(): Promise<void> }> {
  const nc = await connect({ ...natsOptions(natsUrl), name: 'dead-letters', timeout: 10_000, reconnect: false }).catch((error) =>
    explain('NATS', 'NATS_URL', natsUrl, error, 'That is where the dead letters are.'),
  );
  const publisher = new Publisher(nc);
  return {
    nc,
    publisher,
    close: async () => {
      await publisher.close();
      await nc.close();
    },
  };
}

/** For what is told to a winner: the books in PostgreSQL and the units in Redis. */
export async function openBooks() {
  const quiet = { info() {}, warn() {}, error() {} };
  const redis = connectRedis(redisUrl, quiet);
  const prisma = createPrisma({ databaseUrl, max: 2 });
  const clock = new DatabaseClock(prisma);
  const close = async () => {
    redis.disconnect();
    await prisma.$disconnect();
  };
  try {
    await redis
      .ping()
      .catch((error) => explain('Redis', 'REDIS_URL', redisUrl, error, 'A discarded winner gives the units back there.'));
    await clock
      .read()
      .catch((error) =>
        explain('PostgreSQL', 'DATABASE_URL', databaseUrl, error, 'A discarded winner is noted there as rejected.'),
      );
  } catch (error) {
    await close();
    throw error;
  }
  return { redis, prisma, clock, close };
}

function explain(server: string, variable: string, url: string, error: Error, why: string): never {
  const { host } = new URL(url.split(',')[0] ?? '');
  const cause = error.message.trim().split('\n').at(-1);
  throw new Unreachable(
    `Could not reach ${server} at ${host}: ${cause}\n${why} Set ${variable} to the platform's; \`npm start\` prints its own.`,
  );
}
