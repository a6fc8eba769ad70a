import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import type { Log, Publisher } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { DatabaseClock } from './servers/database-clock.ts';
import type { WorkerMetrics } from './telemetry/worker-metrics.ts';

/** The servers and instruments that every part of the worker is handed. */
export interface WorkerContext {
  nc: NatsConnection;
  publisher: Publisher;
  redis: Redis;
  prisma: PrismaClient;
  /** For connections that hold a lock: outside of Prisma's pool. */
  databaseUrl: string;
  clock: DatabaseClock;
  log: Log;
  metrics: WorkerMetrics;
  /** A dead worker's messages come to another one after this; the same in every worker. */
  ackWaitMs: number;
}
