import { randomBytes } from 'node:crypto';
import {
  atWorker,
  broadcast,
  CallLane,
  calls,
  type Rpc,
  type RpcHandler,
  SERVING_EVERY_MS,
  serveRpc,
  workerServing,
} from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { TSchema } from 'typebox';
import { CALL_BOUNDS } from './call-bounds.ts';
import { keepContacts } from './contacts/keep-contacts.ts';
import { type SinkCalls, sinkCalls } from './data-hub/sink-calls.ts';
import { listDeadLetters } from './dead-letters/list-dead-letters.ts';
import { listEvents } from './history/list-events.ts';
import type { JobRunner } from './jobs/job-runner.ts';
import { listJobs, readJob } from './jobs/read-jobs.ts';
import { type ListenerCalls, listenerCalls } from './listeners/operating/listener-calls.ts';
import { buyersCanceller } from './orders/cancel-by-buyer.ts';
import { findReservations, getOrders, listOrders } from './orders/find-orders.ts';
import { receiveNotification } from './payments/receive-notification.ts';
import { type RefundCalls, refundCalls } from './payments/refunds/refund-calls.ts';
import { paymentStarter } from './payments/start-payment.ts';
import { overview } from './reports/overview.ts';
import { deadlineReader } from './reports/payment-deadlines.ts';
import { type RiskCalls, riskCalls } from './risk/risk-calls.ts';
import { type SagaCalls, sagaCalls } from './sagas/saga-calls.ts';
import type { Sagas } from './sagas/start-sagas.ts';
import { addStock } from './sales/commands/add-stock.ts';
import { commandSale } from './sales/commands/command-sale.ts';
import { createSale } from './sales/commands/create-sale.ts';
import { listSales } from './sales/list-sales.ts';
import { adminSale, readSaleRow } from './sales/sale-views.ts';
import type { OrderFinder } from './search/order-finder.ts';
import { searchOrders } from './search/search-orders.ts';
import { tableFinder } from './search/table-finder.ts';
import { gather } from './servers/gather.ts';
import type { WorkerContext } from './servers/worker-context.ts';
import { observeLane } from './telemetry/observe-lane.ts';
import { type WebhookCalls, webhookCalls } from './webhooks/webhook-calls.ts';
import type { WebhookSettings } from './webhooks/webhook-settings.ts';

/** Pools of their own, so that calls never wait for the connections of orders, nor operators' calls for those of buyers. */
export interface CallPools {
  buyers: PrismaClient;
  operators: PrismaClient;
}

type Handlers = { [Kind in keyof typeof calls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };

/** Serves every call in `calls`, for any worker and for this one, and says so every second. `stop` takes no new calls and finishes those that run. */
export function serveCalls(
  context: WorkerContext,
  {
    pools,
    jobs,
    refunds,
    webhooks,
    sagas,
    finder,
  }: {
    pools: CallPools;
    jobs: JobRunner;
    refunds: { wake(): void };
    webhooks: WebhookSettings;
    sagas: Sagas | undefined;
    finder: OrderFinder | undefined;
  },
): { stop(): Promise<void> } {
  const { nc, log, metrics } = context;
  const inFlight = new Set<Promise<unknown>>();
  const handlers: Handlers = {
    ...buyersCalls({ ...context, prisma: pools.buyers }),
    receiveNotification: (notification) => receiveNotification(context, notification),
    ...operatorsCalls({ ...context, prisma: pools.operators }, finder),
    ...refundCalls({ ...context, prisma: pools.operators }, () => refunds.wake()),
    ...sagaCalls({ prisma: pools.operators }, sagas),
    ...jobCalls(context, jobs),
    ...webhookCalls({ ...context, prisma: pools.operators }, webhooks),
    ...listenerCalls({ ...context, prisma: pools.operators }),
    ...sinkCalls({ ...context, prisma: pools.operators }),
    ...riskCalls({ ...context, prisma: pools.operators }),
  };
  const workerId = randomBytes(6).toString('hex');
  const served = (Object.keys(calls) as (keyof typeof calls)[]).map((kind) => {
    const lane = new CallLane(CALL_BOUNDS[kind], observeLane(metrics, calls[kind].name));
    const handle = handlers[kind] as RpcHandler<TSchema, TSchema>;
    const tracked: typeof handle = (request, giveUpAt) => {
      const answer = handle(request, giveUpAt);
      inFlight.add(answer);
      answer.finally(() => inFlight.delete(answer)).catch(() => undefined);
      return answer;
    };
    const serve = (rpc: (typeof calls)[typeof kind]) => serveRpc(nc, rpc as Rpc<TSchema, TSchema>, tracked, log, lane);
    return { lane, subscriptions: [serve(calls[kind]), serve(atWorker(calls[kind], workerId))] };
  });
  const saying = setInterval(
    () => broadcast(nc, workerServing, { workerId, paymentProviders: context.providers.names }),
    SERVING_EVERY_MS,
  );

  return {
    stop: async () => {
      clearInterval(saying);
      const subscriptions = served.flatMap((kind) => kind.subscriptions);
      await Promise.all(subscriptions.map((each) => (each.isClosed() ? undefined : each.drain())));
      for (const { lane } of served) lane.close();
      await Promise.allSettled([...inFlight]);
      // The replies are sent at the end of this turn of the event loop, after what waits for it already.
      for (let turns = 0; turns < 2; turns += 1) await new Promise(setImmediate);
    },
  };
}

type BuyersCalls = 'findReservation' | 'listOrders' | 'getOrder' | 'cancelOrder' | 'startPayment' | 'keepContacts';

/** Thousands of buyers may make the same call at once, so all but the list share their statements. */
function buyersCalls(context: WorkerContext): Pick<Handlers, BuyersCalls> {
  const { prisma } = context;
  return {
    findReservation: gather((asked) => findReservations(prisma, asked)),
    listOrders: (listing) => listOrders(prisma, listing),
    getOrder: gather((asked) => getOrders(prisma, asked)),
    cancelOrder: buyersCanceller(context),
    startPayment: paymentStarter(context),
    keepContacts: async ({ contacts }) => {
      await keepContacts(prisma, contacts);
      return {};
    },
  };
}

type JobCalls = 'runJob' | 'getJob' | 'listJobs';

/** Over the connections that no job holds, so an operator sees the progress of jobs that hold all the others. */
function jobCalls(context: WorkerContext, jobs: JobRunner): Pick<Handlers, JobCalls> {
  return {
    runJob: ({ waitMs, ...request }) => jobs.ask(request, waitMs),
    getJob: ({ jobId }) => readJob(context, jobId),
    listJobs: (listing) => listJobs(context, listing),
  };
}

function operatorsCalls(
  context: WorkerContext,
  finder: OrderFinder = tableFinder(context.prisma),
): Omit<
  Handlers,
  BuyersCalls | JobCalls | RefundCalls | SagaCalls | ListenerCalls | SinkCalls | RiskCalls | WebhookCalls | 'receiveNotification'
> {
  const { prisma, clock } = context;
  const readDeadlines = deadlineReader(prisma);
  return {
    createSale: (request) => createSale(context, request, context.providers.names),
    listSales: (listing) => listSales(context, listing),
    getSale: async ({ saleId }) => adminSale(await readSaleRow(prisma, saleId), clock.now()),
    commandSale: (command) => commandSale(context, command),
    addStock: (request) => addStock(context, request),
    overview: () => overview({ ...context, readDeadlines }),
    listDeadLetters: (listing) => listDeadLetters(context, listing),
    searchOrders: (asked) => searchOrders({ prisma, finder }, asked),
    listEvents: (listing) => listEvents(context, listing),
  };
}
