import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import type { Log, Publisher } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { OpenPages } from '../orders/open-pages.ts';
import type { ProviderSet } from '../payments/provider-set.ts';
import type { Warehouse } from '../services/fulfilment/warehouse.ts';
import type { WorkerMetrics } from '../telemetry/worker-metrics.ts';
import type { BackgroundPace } from './background-pace.ts';
import type { DatabaseClock } from './database-clock.ts';

/** Everything the parts of a worker share. Functions take the parts they use: `Pick<WorkerContext, …>`. */
export interface WorkerContext {
  nc: NatsConnection;
  publisher: Publisher;
  redis: Redis;
  prisma: PrismaClient;
  /** For sessions outside the pool. Leads to PostgreSQL itself, or to a pooler that keeps sessions. */
  databaseUrl: string;
  clock: DatabaseClock;
  /** The buyers' pages that gateways have open. */
  pages: Pick<OpenPages, 'mayBeOpen'>;
  providers: ProviderSet;
  /** Of what goes on beside the orders. */
  pace: BackgroundPace;
  /** Whether the workers run sagas. */
  hasSagas?: boolean;
  /** Where the sagas ask for shipments. */
  warehouse?: Warehouse | undefined;
  /** How long a buyer has to wait who gives units back without paying, the second time, ms; it doubles each time. Default 0: not at all. */
  hoardingPauseMs?: number | undefined;
  log: Log;
  metrics: WorkerMetrics;
  /** How long a dead worker's messages wait before another worker receives them, ms. The same in every worker. */
  ackWaitMs: number;
}
