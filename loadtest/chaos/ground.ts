import { FaultProxy, type Platform, startPlatform } from 'dev';
import { Operator } from 'simulation';
import { obstinateApi } from './buyer.ts';
import { LINKS, type LinkName } from './faults.ts';
import { flushRedis } from './flush-redis.ts';
import type { Ground } from './round.ts';

export type RunningGround = Ground & { platform: Platform; stop(): Promise<void> };

/** Two gateways and two workers, each kind with a proxy that fails on request between it and every server. */
export async function prepareGround(say: (line: string) => void): Promise<RunningGround> {
  const links = Object.fromEntries(await Promise.all(LINKS.map(async (name) => [name, await FaultProxy.start()]))) as Record<
    LinkName,
    FaultProxy
  >;
  const platform = await startPlatform({
    gateways: 2,
    workers: 2,
    label: 'chaos',
    say,
    env: { LOG_LEVEL: 'info' },
    envOf: (part, servers): Record<string, string> => {
      if (part.startsWith('gateway')) {
        return {
          REDIS_URL: links['gateway-redis'].through(servers.redis.url),
          NATS_URL: links['gateway-nats'].through(servers.nats.url),
        };
      }
      if (!part.startsWith('worker')) return {};
      return {
        REDIS_URL: links['worker-redis'].through(servers.redis.url),
        NATS_URL: links['worker-nats'].through(servers.nats.url),
        DATABASE_URL: links['worker-postgres'].through(servers.postgres.url),
      };
    },
  });
  return {
    platform,
    patient: {
      gateways: platform.gateways,
      workers: platform.workers,
      redis: platform.servers.redis,
      nats: platform.servers.nats,
      postgres: platform.servers.postgres,
      links,
      flushRedis: () => flushRedis(platform.servers.redis.url),
    },
    operator: new Operator(platform),
    api: obstinateApi(),
    gatewayUrls: platform.gatewayUrls,
    jwtSecret: platform.jwtSecret,
    databaseUrl: platform.servers.postgres.url,
    stop: async () => {
      await platform.stop();
      await Promise.all(Object.values(links).map((link) => link.stop()));
    },
  };
}
