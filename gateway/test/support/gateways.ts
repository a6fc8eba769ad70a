import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import { waitUntil } from 'dev';
import { type Config, type Gateway, type GatewayLimits, readConfig, startGateway } from 'gateway';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { connectNats, ensureStreams } from 'seckill-core';
import { type Answer, call } from './call.ts';

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  on?: number;
}

export interface TestGateways {
  readonly gateways: readonly Gateway[];
  readonly config: Config;
  /** A separate client, such as a worker has. */
  readonly redis: Redis;
  readonly nats: NatsConnection;
  /** Starts one more gateway on the same servers. */
  add(limits?: GatewayLimits): Promise<Gateway>;
  /** Calls the first gateway, or the gateway at index `on`. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /**
   * Like `call`, but retries UNAVAILABLE if Redis, NATS or this process stalled for a second: the gateway then gives up, as it should, and
   * has decided nothing yet. Only for calls that may be repeated. UNAVAILABLE for any other reason is returned.
   */
  callWhenAwake(method: string, path: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

export interface TestGatewaysOptions {
  redisUrl: string;
  natsUrl: string;
  count?: number;
  env?: Record<string, string>;
  limits?: GatewayLimits;
}

/** Clients and gateways share a process, and the machine runs other tests: being late does not mean overload here. */
const UNHURRIED: GatewayLimits = { load: { pending: 10_000, lagMs: 60_000, staleMs: 60_000 } };

/** A gateway gives up waiting after a second, counted in steps of 100 ms. */
const GIVEN_UP_MS = 900;
const AWAKE_WITHIN_MS = 30_000;

const silent = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

/** Starts gateways on real servers, with the streams that a worker would have created. */
export async function startGateways({
  redisUrl,
  natsUrl,
  count = 1,
  env = {},
  limits = UNHURRIED,
}: TestGatewaysOptions): Promise<TestGateways> {
  const config = readConfig({ REDIS_URL: redisUrl, NATS_URL: natsUrl, PORT: '0', DEV_LOGIN: 'true', ...env });
  const redis = new Redis(redisUrl);
  redis.on('error', () => {}); // the failing command reports it
  const nats = await connectNats(natsUrl, 'test');
  await ensureStreams(await jetstreamManager(nats));
  const gateways: Gateway[] = [];
  const add = async (more: GatewayLimits = limits): Promise<Gateway> => {
    const gateway = await startGateway(config, silent, more);
    gateways.push(gateway);
    await gateway.ready();
    return gateway;
  };
  for (let i = 0; i < count; i += 1) await add();
  const callOnce: TestGateways['call'] = (method, path, { on = 0, ...rest } = {}) =>
    call(`${gateways[on]?.url}${path}`, method, rest);
  return {
    gateways,
    config,
    redis,
    nats,
    add,
    call: callOnce,
    async callWhenAwake(method, path, options = {}) {
      const isAwake = () => gateways[options.on ?? 0]?.parts.redis.runId !== undefined;
      for (;;) {
        const since = performance.now();
        const answer = await callOnce(method, path, options);
        const isGivenUp = performance.now() - since >= GIVEN_UP_MS || !isAwake();
        if (answer.code !== 'UNAVAILABLE' || !isGivenUp || !(await waitUntil(isAwake, AWAKE_WITHIN_MS))) return answer;
      }
    },
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.close()));
      redis.disconnect();
      await nats.close();
    },
  };
}
