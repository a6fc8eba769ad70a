import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { PurchaseTokens } from 'seckill-core';
import type { Admission } from './admission/admission.ts';
import type { SalesMemory } from './catalogue/sales-memory.ts';
import type { ServerClock } from './catalogue/server-clock.ts';
import type { Config } from './config.ts';
import type { NatsLink } from './links/nats-link.ts';
import type { Readiness } from './links/readiness.ts';
import type { RedisLink } from './links/redis-link.ts';
import type { AccessTokens } from './security/access-tokens.ts';
import type { AnswerMetrics } from './telemetry/answer-metrics.ts';

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
