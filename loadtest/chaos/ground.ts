import { FaultProxy, type Platform, startPlatform, startServers } from 'dev';
import { Operator } from 'simulation';
import { obstinateApi } from './buyer.ts';
import { LINKS, type LinkName, type Patient } from './patient.ts';
import type { Ground } from './round.ts';
import { forgeriesTaken, hurtNotifications } from './servers/ask-sandbox.ts';
import { flushRedis } from './servers/flush-redis.ts';
import { fillStore } from './servers/full-store.ts';
import { changePostgresPassword, changeRedisPassword } from './servers/passwords.ts';
import { makeReadOnly } from './servers/read-only.ts';
import { promoteStaleReplica } from './servers/stale-replica.ts';
import { stepClockBack } from './servers/step-clock.ts';

export type RunningGround = Ground & { platform: Platform; stop(): Promise<void> };
type Links = Record<LinkName, readonly FaultProxy[]>;

const PROCESSES = 2;
/** Deaths of the workers and of the listeners' process have to leave no listener behind. */
const FOLLOWING = { downstream: 'apart', listenersApart: ['mail', 'sms'] } as const;
const IN_WORKERS = 'statistics,order-search,webhooks';

interface GroundOptions {
  providers: readonly string[];
  listeners: boolean;
  /** A part has ended although no fault had ended it: which one, and how. */
  crashed: (what: string) => void;
}

/** Two gateways and two workers, each with a proxy that fails on request between it and every server. */
export async function prepareGround(
  { providers, listeners, crashed }: GroundOptions,
  say: (line: string) => void,
): Promise<RunningGround> {
  const links = await startProxies();
  const platform = await startPlatform({
    gateways: PROCESSES,
    workers: PROCESSES,
    label: 'chaos',
    providers,
    ...(listeners ? FOLLOWING : {}),
    say,
    env: { LOG_LEVEL: 'info', ...(listeners ? { LISTENERS: IN_WORKERS } : {}) },
    onCrash: (part, how) => {
      crashed(`${part.name} (${how})`);
      say(`${part.name} ended unexpectedly (${how}).\n${part.lastLines()}`);
    },
    envOf: (part, { redis, nats, postgres }) =>
      addresses(links, part, { redis: redis.url, nats: nats.url, postgres: postgres.url }),
  });
  const password = new URL(platform.servers.redis.url).password;
  const replica = await startServers({ redis: { password } }, { label: 'chaos-replica' });
  const { patient, databaseUrl } = breakable(platform, links, replica.redis.url);
  return {
    platform,
    patient,
    operator: new Operator(platform),
    api: obstinateApi(platform.paymentsUrl),
    providers,
    gatewayUrls: platform.gatewayUrls,
    jwtSecret: platform.jwtSecret,
    downstreamUrls: platform.downstreamUrls,
    forgeriesTaken: () => forgeriesTaken(platform.paymentsUrl),
    databaseUrl,
    stop: async () => {
      await platform.stop();
      await replica.stop();
      await Promise.all(LINKS.flatMap((name) => links[name].map((link) => link.stop())));
    },
  };
}

async function startProxies(): Promise<Links> {
  const started = LINKS.map(async (name) => [name, await Promise.all(Array.from({ length: PROCESSES }, FaultProxy.start))]);
  return Object.fromEntries(await Promise.all(started)) as Links;
}

interface Urls {
  redis: string;
  nats: string;
  postgres: string;
}

/** The addresses of the servers for `gateway-1`, `worker-2` and so on, each through the proxy of that process. */
function addresses(links: Links, part: string, urls: Urls): Record<string, string> {
  const [kind, number] = part.split('-');
  if (kind !== 'gateway' && kind !== 'worker') return {};
  const through = (name: LinkName, url: string): string => links[name][Number(number) - 1]?.through(url) ?? '';
  return {
    REDIS_URL: through(`${kind}-redis`, urls.redis),
    NATS_URL: through(`${kind}-nats`, urls.nats),
    ...(kind === 'worker' ? { DATABASE_URL: through('worker-postgres', urls.postgres) } : {}),
  };
}

function breakable(
  { servers, gateways, workers, payments, paymentsUrl, downstream, listeners }: Platform,
  links: Links,
  replicaUrl: string,
): { patient: Patient; databaseUrl: () => string } {
  const { redis, nats, postgres } = servers;
  const urls = { redis: redis.url, nats: nats.url, postgres: postgres.url, replica: replicaUrl };
  const lead = (url: string) => {
    for (const link of [...links['gateway-redis'], ...links['worker-redis']]) {
      link.forwardTo(Number(new URL(url).port));
      link.cut();
    }
  };
  const patient: Patient = {
    gateways,
    workers,
    payments,
    followers: downstream === undefined || listeners === undefined ? undefined : { ...downstream, listeners },
    redis,
    nats,
    postgres,
    links,
    hurtNotifications: (how) => hurtNotifications(paymentsUrl, how),
    flushRedis: () => flushRedis(urls.redis),
    makeReadOnly: () => makeReadOnly(urls.postgres),
    fillStore: () => fillStore(urls.nats),
    changePassword: async (of) => {
      if (of === 'postgres') urls.postgres = await changePostgresPassword(urls.postgres);
      else [urls.redis, urls.replica] = await Promise.all([changeRedisPassword(urls.redis), changeRedisPassword(urls.replica)]);
      return async () => {
        await Promise.all([...gateways, ...workers].map((part) => part.restart({ env: addresses(links, part.name, urls) })));
        await listeners?.restart({ env: { REDIS_URL: urls.redis, NATS_URL: urls.nats, DATABASE_URL: urls.postgres } });
      };
    },
    promoteStaleReplica: (staleForMs) => promoteStaleReplica({ firstUrl: urls.redis, secondUrl: urls.replica, lead }, staleForMs),
    stepClockBack: (ms) => stepClockBack(urls.redis, ms),
  };
  return { patient, databaseUrl: () => urls.postgres };
}
