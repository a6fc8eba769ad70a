import { connectRedis, DatabaseClock, OpenPages } from 'order-worker';
import { createPrisma } from 'seckill-prisma';
import { type Servers, unreachable } from '../command/servers.ts';

/** Redis and PostgreSQL, which a rejected winner needs: units in one, orders in the other. Throws CommandFailed. */
export async function openBooks({ redisUrl, databaseUrl }: Servers) {
  const quiet = { info() {}, warn() {}, error() {} };
  const redis = connectRedis(redisUrl, quiet);
  const prisma = createPrisma({ databaseUrl, max: 2 });
  const clock = new DatabaseClock(prisma);
  const close = async () => {
    redis.disconnect();
    await prisma.$disconnect();
  };
  const neededRedis = {
    server: 'Redis',
    variable: 'REDIS_URL',
    url: redisUrl,
    why: 'A rejected winner returns the units there.',
  };
  const neededPostgres = {
    server: 'PostgreSQL',
    variable: 'DATABASE_URL',
    url: databaseUrl,
    why: 'The rejection of a winner is recorded there.',
  };
  try {
    await redis.ping().catch((error) => unreachable(neededRedis, error));
    await clock.read().catch((error) => unreachable(neededPostgres, error));
  } catch (error) {
    await close();
    throw error;
  }
  // It has heard of no page, so it pushes to all.
  return { redis, prisma, clock, pages: new OpenPages(), close };
}
