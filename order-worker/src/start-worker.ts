import { jetstreamManager } from '@nats-io/jetstream';
import {
  ACK_WAIT_MS,
  broadcast,
  consoleOpen,
  ensureStreams,
  listen,
  Publisher,
  PulseSender,
  processPulse,
  RepeatedTask,
  roomUnknown,
  saleChanged,
  stockUnknown,
  untilDone,
} from 'seckill-core';
import { AuditWatch } from './audit/audit-watch.ts';
import type { NamedSink } from './data-hub/configure-sinks.ts';
import { SinkRunner } from './data-hub/sink-runner.ts';
import type { HistoryStart } from './history/read-history.ts';
import { forgetJobs } from './jobs/job-queue.ts';
import { JobRunner, type JobRunnerOptions } from './jobs/job-runner.ts';
import { watchJobs } from './jobs/watch-jobs.ts';
import { forgetTasks } from './listeners/acting/forget-tasks.ts';
import { orderSearch } from './listeners/order-search/order-search.ts';
import type { OrderListener } from './listeners/runner/order-listener.ts';
import { ListenerRunner } from './listeners/runner/run-listener.ts';
import { saleStatistics } from './listeners/statistics/sale-statistics.ts';
import { watchListeners } from './listeners/watch-listeners.ts';
import { closeDue } from './orders/closing/close-due.ts';
import { consumeReservations, type OrderPace } from './orders/consume-reservations.ts';
import { DeadlineConsumers } from './orders/deadlines/deadline-consumers.ts';
import { sweepUnpaid } from './orders/deadlines/sweep-unpaid.ts';
import { OpenPages } from './orders/open-pages.ts';
import { announceForgotten, announceSoon } from './orders/waiting-events/announce-waiting.ts';
import { consumePayments } from './payments/consume-payments.ts';
import { forgetEvents } from './payments/forget-events.ts';
import type { PaymentProvider } from './payments/provider.ts';
import { ProviderSet } from './payments/provider-set.ts';
import { queryPayments } from './payments/query-payments.ts';
import { RefundSender } from './payments/refunds/refund-sender.ts';
import { watchQueues } from './reports/watch-queues.ts';
import { guardRisk } from './risk/announce-risk.ts';
import { openWarehouse, type SagaOptions, startSagas } from './sagas/start-sagas.ts';
import { followSales } from './sales/events/follow-sales.ts';
import type { OrderFinder } from './search/order-finder.ts';
import { type CallPools, serveCalls } from './serve-calls.ts';
import { BackgroundPace } from './servers/background-pace.ts';
import { DatabaseClock } from './servers/database-clock.ts';
import { makeRoom } from './servers/make-room.ts';
import { watchPostgres } from './servers/watch-postgres.ts';
import type { WorkerContext } from './servers/worker-context.ts';
import { guardStock } from './stock/guard-stock.ts';
import { relayOutbox } from './stock/relay-outbox.ts';
import { retireSales } from './stock/retire-sales.ts';
import { createMetrics } from './telemetry/worker-metrics.ts';
import { guardRooms } from './waiting-room/guard-rooms.ts';
import { USUAL_WEBHOOK_SETTINGS, type WebhookSettings } from './webhooks/webhook-settings.ts';

/** The servers, as clients that belong to the caller, and settings that have defaults. */
export interface WorkerDeps
  extends Pick<WorkerContext, 'nc' | 'redis' | 'prisma' | 'databaseUrl' | 'log'>,
    Partial<Pick<WorkerContext, 'metrics' | 'ackWaitMs' | 'pages' | 'hoardingPauseMs'>> {
  /** For background work that may take a minute: the light audit, rebuilds, counting queues. Default: `prisma`. */
  reports?: WorkerContext['prisma'];
  /** The usual one first. */
  providers: readonly PaymentProvider[];
  /** Connections for calls. Default: those of `prisma`. */
  callPools?: CallPools;
  orders?: Partial<OrderPace>;
  streamReplicas?: number | undefined;
  streamStoreBytes?: number | undefined;
  /** That of `nc`. */
  natsPrefix?: string | undefined;
  jobs?: Omit<JobRunnerOptions, 'connections'>;
  /** Default: those that the console needs. */
  listeners?: readonly OrderListener[];
  /** For operators' calls; the listener of webhooks has its own. Default: those of an empty environment. */
  webhooks?: WebhookSettings;
  /** Default: no sagas, and no points and coupons services. */
  sagas?: SagaOptions | undefined;
  /** What the data hub feeds, and where a new sink begins. Default: nothing. */
  dataHub?: { sinks: readonly NamedSink[]; from: HistoryStart };
  /** The search of orders. Default: the one in PostgreSQL. */
  finder?: OrderFinder | undefined;
  /** Pause between two light audits. Default 30 s. */
  auditEveryMs?: number;
}

export interface Worker {
  context: WorkerContext;
  /** How long the batch has been tried that has been tried longest, ms; 0 if there is none. */
  oldestBatchMs(): number;
  /** Takes no more work and finishes the work in flight. The clients stay open. */
  stop(): Promise<void>;
}

const RELAY_EVERY_MS = 2_000;
const SWEEP_EVERY_MS = 3_000;
const CLOSING_EVERY_MS = 2_000;
const QUERIES_EVERY_MS = 3_000;
const ANNOUNCE_EVERY_MS = 3_000;
const MAKE_ROOM_EVERY_MS = 10_000;
const RETIRE_EVERY_MS = 10 * 60_000;
const GUARD_RISK_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 10 * 60_000;
const AUDIT_EVERY_MS = 30_000;
const MEASURE_EVERY_MS = 1_000;

/** Starts everything a worker does. Waits for servers that are away; resolves once every consumer has started. */
export async function startWorker(deps: WorkerDeps): Promise<Worker> {
  const { nc, log } = deps;
  const openPages = new OpenPages();
  const context = createContext({ pages: openPages, ...deps });
  const slow: WorkerContext = { ...context, prisma: deps.reports ?? deps.prisma };
  const { clock } = context;
  // First, so that the gateways have answered when the backlog is worked off.
  const listening = openPages.start(nc, log);
  await waitForServers(context, deps);

  const every = (name: string, everyMs: number, run: () => Promise<unknown>) =>
    new RepeatedTask({ name, everyMs, run, log }).start();
  const asked = new Set<string>();
  const guard = guardStock(slow, asked);
  const rooms = guardRooms(slow);
  const refunds = new RefundSender(context).start();
  const closing = every('closing checkouts', CLOSING_EVERY_MS, () => closeDue(context));
  const deadlines = new DeadlineConsumers({ ...context, closingWanted: () => closing.wake() }).start();
  const running: { stop(): unknown }[] = [
    guard,
    rooms,
    refunds,
    closing,
    deadlines,
    listening,
    watchPostgres(clock, log),
    every('the relay', RELAY_EVERY_MS, () => relayOutbox(context)),
    every('the sweep', SWEEP_EVERY_MS, () => sweepUnpaid(context)),
    every('asking for payments', QUERIES_EVERY_MS, () => queryPayments(context)),
    every('the events of payments', ANNOUNCE_EVERY_MS, () => announceForgotten(context)),
    every('making room in the streams', MAKE_ROOM_EVERY_MS, () => makeRoom(context)),
    every('the guard of the risk rules', GUARD_RISK_EVERY_MS, () => guardRisk(slow)),
    every('retiring past sales', RETIRE_EVERY_MS, () => retireSales(slow)),
    every('forgetting old payment events', FORGET_EVERY_MS, () => forgetEvents(slow.prisma)),
    every('forgetting finished tasks of listeners', FORGET_EVERY_MS, () => forgetTasks(slow.prisma)),
    every('forgetting old jobs', RETIRE_EVERY_MS, () => forgetJobs(slow)),
    followSales(slow),
    watchQueues(slow),
    watchJobs(context),
  ];
  const pace = { batchSize: 500, pauseMs: 0, concurrency: 2, priorityWeight: 9, ...deps.orders };
  const reservations = await untilDone('JetStream', log, () => consumeReservations(context, pace));
  context.pace.follow(() => reservations.some(({ isHandling }) => isHandling));
  const payments = await untilDone('JetStream', log, () => consumePayments(context, () => refunds.wake()));
  const oldestBatchMs = () => Math.max(...[...reservations, payments, deadlines].map(({ batchAgeMs }) => batchAgeMs));
  const measuring = setInterval(() => context.metrics.oldestBatch.set(oldestBatchMs() / 1_000), MEASURE_EVERY_MS);
  running.push(...reservations, payments, { stop: () => clearInterval(measuring) });
  const refundDecided = (refundId: string) => {
    refunds.wake();
    announceSoon(context, [refundId]);
  };
  const sagas = deps.sagas === undefined ? undefined : startSagas(context, deps.sagas, refundDecided);
  const ofSagas = sagas === undefined ? [] : [sagas.listener];
  running.push(startListeners(context, [...(deps.listeners ?? [saleStatistics, orderSearch]), ...ofSagas]));
  if (sagas !== undefined) running.push(sagas);
  if (deps.dataHub !== undefined) running.push(...startSinks(slow, deps.dataHub));
  running.push(new AuditWatch(slow, deps.auditEveryMs ?? AUDIT_EVERY_MS).start());
  const { callPools = { buyers: context.prisma, operators: context.prisma }, webhooks = USUAL_WEBHOOK_SETTINGS, finder } = deps;
  const jobs = new JobRunner(context, { ...deps.jobs, connections: callPools.operators }).start();
  running.push(jobs, serveCalls(context, { pools: callPools, jobs, refunds, webhooks, sagas, finder }), sendPulses(context));
  running.push(wakeOnEvents(context, { guard, asked, rooms, deadlines }));
  // A caller that sees this worker ready may call at once, over another connection.
  await untilDone('JetStream', log, () => nc.flush());

  return { context, oldestBatchMs, stop: () => stopAll(context, running) };
}

/** Starts listeners and sinks of order events, and nothing else that a worker does: they run beside the workers, in a process that can be sized for them. */
export async function startOnly(deps: WorkerDeps & Required<Pick<WorkerDeps, 'listeners' | 'dataHub'>>): Promise<Worker> {
  const context = createContext({ pages: new OpenPages(), ...deps });
  await waitForServers(context, deps);
  const running = [
    startListeners(context, deps.listeners),
    ...startSinks(context, deps.dataHub),
    watchPostgres(context.clock, deps.log),
  ];
  return { context, oldestBatchMs: () => 0, stop: () => stopAll(context, running) };
}

async function waitForServers(
  { nc, log, clock }: WorkerContext,
  { streamReplicas: replicas, streamStoreBytes: storeBytes, natsPrefix: prefix }: WorkerDeps,
): Promise<void> {
  await untilDone('JetStream', log, async () => ensureStreams(await jetstreamManager(nc), { replicas, storeBytes, prefix }));
  await untilDone('PostgreSQL', log, () => clock.read());
}

function startListeners(context: WorkerContext, listeners: readonly OrderListener[]): { stop(): Promise<unknown> } {
  const runners = listeners.map((listener) => new ListenerRunner(context, listener).start());
  const measuring = watchListeners(context, runners);
  return { stop: () => Promise.all([...runners, measuring].map((part) => part.stop())) };
}

const startSinks = (context: WorkerContext, { sinks, from }: NonNullable<WorkerDeps['dataHub']>): SinkRunner[] =>
  sinks.map((sink) => new SinkRunner(context, sink, from).start());

async function stopAll({ nc, publisher }: WorkerContext, running: readonly { stop(): unknown }[]): Promise<void> {
  await Promise.all(running.map((part) => part.stop()));
  await publisher.close();
  if (!nc.isClosed()) await nc.flush().catch(() => undefined);
}

function createContext(deps: WorkerDeps & Pick<WorkerContext, 'pages'>): WorkerContext {
  const { nc, redis, prisma, databaseUrl, pages, hoardingPauseMs, log, metrics, ackWaitMs } = deps;
  return {
    nc,
    publisher: new Publisher(nc, { maxInFlight: 50_000, ackTimeoutMs: 5_000 }),
    redis,
    prisma,
    databaseUrl,
    clock: new DatabaseClock(prisma),
    pages,
    providers: new ProviderSet(deps.providers),
    pace: new BackgroundPace(),
    hasSagas: deps.sagas !== undefined,
    warehouse: openWarehouse(deps.sagas),
    hoardingPauseMs,
    log,
    metrics: metrics ?? createMetrics(),
    ackWaitMs: ackWaitMs ?? ACK_WAIT_MS,
  };
}

function sendPulses({ nc, log }: Pick<WorkerContext, 'nc' | 'log'>): { stop(): void } {
  const sender = new PulseSender({ process: 'order-worker', send: (pulse) => broadcast(nc, processPulse, pulse) });
  const subscription = listen(nc, consoleOpen, () => sender.wanted(), log);
  return {
    stop: () => {
      subscription.unsubscribe();
      sender.stop();
    },
  };
}

/** Runs the guard and the check for deadline consumers at once if something happened that they would find only seconds later. */
function wakeOnEvents(
  { nc, redis, log }: Pick<WorkerContext, 'nc' | 'redis' | 'log'>,
  {
    guard,
    asked,
    rooms,
    deadlines,
  }: { guard: RepeatedTask; asked: Set<string>; rooms: RepeatedTask; deadlines: DeadlineConsumers },
): { stop(): void } {
  const askFor = ({ itemId }: { itemId: string }) => {
    asked.add(itemId);
    guard.wake();
  };
  const subscriptions = [
    listen(nc, stockUnknown, askFor, log),
    listen(nc, roomUnknown, () => rooms.wake(), log),
    listen(nc, saleChanged, () => deadlines.wake(), log),
  ];
  const onRedisReady = () => {
    guard.wake();
    rooms.wake();
  };
  redis.on('ready', onRedisReady);
  return {
    stop: () => {
      redis.off('ready', onRedisReady);
      for (const subscription of subscriptions) subscription.unsubscribe();
    },
  };
}
