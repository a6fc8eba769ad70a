import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { PurchaseTokens } from 'seckill-core';
import type { Admission } from './admission/admission.ts';
import type { AccessTokens } from './authentication/access-tokens.ts';
import type { Config } from './config.ts';
import type { NatsLink } from './connections/nats-link.ts';
import type { RedisLink } from './connections/redis-link.ts';
import type { AnswerMetrics } from './metrics/answer-metrics.ts';
import type { Readiness } from './readiness.ts';
import type { SalesMemory } from './sales/sales-memory.ts';
import type { ServerClock } from './sales/server-clock.ts';

/** What the routes are made of. */
export interface GatewayParts {
  config: Config;
  log: Logger;
  redis: RedisLink;
  nats: NatsLink;
  clock: ServerClock;
  sales: SalesMemory;
  admission: Admission;
  accessTokens: AccessTokens;
  purchaseTokens: PurchaseTokens;
  readiness: Readiness;
  answers: AnswerMetrics;
  registry: Registry;
}
