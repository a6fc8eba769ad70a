import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Redis } from 'ioredis';
import {
  ACK_WAIT_MS,
  broadcast,
  ensureStreams,
  type Log,
  listen,
  Publisher,
  PulseSender,
  processPulse,
  RepeatedTask,
  saleChanged,
  stockUnknown,
  untilDone,
} from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { AuditWatch } from './audit/audit-watch.ts';
import { LISTENERS } from './listeners/listeners.ts';
import { ListenerRunner } from './listeners/run-listener.ts';
import { consumeReservations, type OrderPace } from './orders/consume-reservations.ts';
import { DeadlineConsumers } from './orders/deadlines/deadline-consumers.ts';
import { sweepUnpaid } from './orders/deadlines/sweep-unpaid.ts';
import { consumePayments } from './payments/consume-payments.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { sendRefunds } from './payments/send-refunds.ts';
import { watchQueues } from './reports/watch-queues.ts';
import { serveCalls } from './serve-calls.ts';
import { DatabaseClock } from './servers/database-clock.ts';
import { watchPostgres } from './servers/watch-postgres.ts';
import { guardStock } from './stock/guard-stock.ts';
import { relayOutbox } from './stock/relay-outbox.ts';
import { retireSales } from './stock/retire-sales.ts';
import { createMetrics, type WorkerMetrics } from './telemetry/worker-metrics.ts';
import type { WorkerContext } from './worker-context.ts';

export interface WorkerDeps {
  nc: NatsConnection;
  redis: Redis;
  prisma: PrismaClient;
  /** Of the same database as `prisma`: for locks on connections of their own. */
  databaseUrl: string;
  provider: PaymentProvider;
  log: Log;
  metrics?: WorkerMetrics;
  orders?: Partial<OrderPace>;
  streamReplicas?: number;
  /** See WorkerContext. Default 5 s. */
  ackWaitMs?: number;
  /** Pause between two light audits. Default 30 s. */
  auditEveryMs?: number;
}

export interface Worker {
  context: WorkerContext;
  /** Takes nothing more, finishes what is in hand. The clients stay open: they are the caller's. */
  stop(): Promise<void>;
}

const RELAY_EVERY_MS = 1_000;
const SWEEP_EVERY_MS = 3_000;
const REFUNDS_EVERY_MS = 3_000;
const RETIRE_EVERY_MS = 10 * 60_000;
const AUDIT_EVERY_MS = 30_000;

/** Starts everything a worker does. Waits for servers that are away; resolves once every consumer listens. */
export async function startWorker(deps: WorkerDeps): Promise<Worker> {
  const { nc, redis, prisma, databaseUrl, log, provider } = deps;
  const publisher = new Publisher(nc, { maxInFlight: 50_000, ackTimeoutMs: 5_000 });
  const clock = new DatabaseClock(prisma);
  const context: WorkerContext = {
    nc,
    publisher,
    redis,
    prisma,
    databaseUrl,
    clock,
    log,
    metrics: deps.metrics ?? createMetrics(),
    ackWaitMs: deps.ackWaitMs ?? ACK_WAIT_MS,
  };
  const pace = { batchSize: 500, pauseMs: 0, concurrency: 2, ...deps.orders };

  await untilDone('JetStream', log, async () =>
    ensureStreams(await jetstreamManager(nc), { replicas: deps.streamReplicas ?? 1 }),
  );
  await untilDone('PostgreSQL', log, () => clock.read());

  const every = (name: string, everyMs: number, run: () => Promise<unknown>) =>
    new RepeatedTask({ name, everyMs, run, log }).start();
  const guard = guardStock(context);
  const refunds = every('sending refunds', REFUNDS_EVERY_MS, () => sendRefunds(context, provider));
  const tasks = [
    guard,
    refunds,
    watchPostgres(clock, log),
    every('the relay', RELAY_EVERY_MS, () => relayOutbox(context)),
    every('the sweep', SWEEP_EVERY_MS, () => sweepUnpaid(context)),
    every('retiring past sales', RETIRE_EVERY_MS, () => retireSales(context)),
    watchQueues(context),
  ];
  const deadlines = new DeadlineConsumers(context).start();
  const orders = await untilDone('JetStream', log, () => consumeReservations(context, pace));
  const payments = await untilDone('JetStream', log, () => consumePayments(context, () => refunds.wake()));
  const listeners = LISTENERS.map((listener) => new ListenerRunner(context, listener).start());
  const audits = new AuditWatch(context, deps.auditEveryMs ?? AUDIT_EVERY_MS).start();
  const rpc = serveCalls(context, provider);
  const pulses = new PulseSender({
    process: 'order-worker',
    send: (pulse) => broadcast(nc, processPulse, pulse),
  }).start();
  const subscriptions = [listen(nc, stockUnknown, () => guard.wake(), log), listen(nc, saleChanged, () => deadlines.wake(), log)];
  const onRedisReady = () => guard.wake();
  redis.on('ready', onRedisReady);
  // Whoever is told that this worker is ready may call at once, over another connection.
  await untilDone('JetStream', log, () => nc.flush());

  return {
    context,
    stop: async () => {
      redis.off('ready', onRedisReady);
      pulses.stop();
      for (const subscription of subscriptions) subscription.unsubscribe();
      await Promise.all([
        rpc.stop(),
        audits.stop(),
        deadlines.stop(),
        payments.stop(),
        ...orders.map((consumer) => consumer.stop()),
        ...listeners.map((listener) => listener.stop()),
        ...tasks.map((task) => task.stop()),
      ]);
      await publisher.close();
      if (!nc.isClosed()) await nc.flush().catch(() => undefined);
    },
  };
}
