import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { waitUntil } from 'dev';
import { type TestServers, useTestServers } from 'dev/test';
import type { Redis } from 'ioredis';
import {
  type AdminSale,
  advance,
  callRpc,
  calls,
  clearOutbox,
  connectNats,
  type DeadLetter,
  type ExplainedAudit,
  ensureStreams,
  type JobArguments,
  type JobKind,
  type JobResults,
  listen,
  newReservationId,
  type PaymentReceived,
  Publisher,
  paymentReceived,
  type ReservationStatus,
  type Rpc,
  readItemState,
  readReservation,
  readRunId,
  reserve,
  resultOf,
  type StockReserved,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import { createPrisma, type Order, type PrismaClient } from 'seckill-prisma';
import { type SaleDraft, saleDraft } from 'simulation';
import type { Static, TSchema } from 'typebox';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { connectRedis, startWorker, type Worker, type WorkerDeps } from '../../src/index.ts';
import { uncounted, unfinished } from './at-rest.ts';
import { RecordingProvider } from './recording-provider.ts';
import { readStoredEvents } from './stored-events.ts';

export const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Tests listen for pushes without a gateway that announces pages. */
export const everyPage = { mayBeOpen: () => true };

/** A busy machine may stand still for seconds, so the time-outs of buyers and gateways are too short for a test. */
const PATIENCE_MS = 30_000;
/** Time-outs for transactions in which a test waits. */
export const patientTransaction = { maxWait: PATIENCE_MS, timeout: 2 * PATIENCE_MS };

/** Real servers, as many workers as a test wants, and the work of a gateway. */
export class Platform {
  readonly nc: NatsConnection;
  readonly redis: Redis;
  readonly prisma: PrismaClient;
  readonly publisher: Publisher;
  readonly databaseUrl: string;
  readonly provider = new RecordingProvider();
  readonly workers: Worker[] = [];

  constructor(parts: { nc: NatsConnection; redis: Redis; prisma: PrismaClient; databaseUrl: string }) {
    this.nc = parts.nc;
    this.redis = parts.redis;
    this.prisma = parts.prisma;
    this.databaseUrl = parts.databaseUrl;
    this.publisher = new Publisher(parts.nc, { ackTimeoutMs: PATIENCE_MS });
    listen(parts.nc, paymentReceived, (event) => this.provider.hasReported(event), quiet);
  }

  /** Connects to servers whose database has been migrated. */
  static async connect(
    { redisUrl, natsUrl, databaseUrl }: { redisUrl: string; natsUrl: string; databaseUrl: string },
    connections = 20,
  ): Promise<Platform> {
    const nc = await connectNats(natsUrl, 'test');
    await ensureStreams(await jetstreamManager(nc));
    return new Platform({
      nc,
      redis: connectRedis(redisUrl, quiet),
      prisma: createPrisma({ databaseUrl, max: connections }),
      databaseUrl,
    });
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.publisher.close();
    await this.nc.close();
    this.redis.disconnect();
    await this.prisma.$disconnect();
  }

  async startWorker(deps: Partial<WorkerDeps> = {}): Promise<Worker> {
    const { nc, redis, prisma, databaseUrl, provider } = this;
    const worker = await startWorker({
      nc,
      redis,
      prisma,
      databaseUrl,
      providers: [provider],
      pages: everyPage,
      log: quiet,
      ...deps,
    });
    this.workers.push(worker);
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  /** Calls a worker, like a gateway. */
  call<Request extends TSchema, Reply extends TSchema>(
    rpc: Rpc<Request, Reply>,
    request: Static<Request>,
  ): Promise<Static<Reply>> {
    return callRpc(this.nc, rpc, request, { timeoutMs: Math.max(rpc.timeoutMs, PATIENCE_MS) });
  }

  /** The provider reports a payment of one unit at the price of every draft. */
  async reportPaid(orderId: string, paymentId: string, change: Partial<PaymentReceived> = {}): Promise<void> {
    const money = { amountCents: 1_000, currency: 'EUR' } as const;
    const report = { eventId: `evt_${paymentId}`, type: 'payment.succeeded', paymentId, orderId, ...money, ...change } as const;
    await send(this.publisher, paymentReceived, report);
  }

  listen(subject: string, take: (data: Uint8Array) => unknown): void {
    this.nc.subscribe(subject, {
      callback: (_, message) => {
        take(message.data);
      },
    });
  }

  /** A published sale; by default it has started, and has one item. Needs a worker. */
  async openSale(draft: SaleDraft = {}): Promise<AdminSale> {
    const { saleId } = await this.createSale(draft);
    const sale = await this.call(calls.commandSale, { saleId, command: 'publish' });
    // A command that takes too long leaves the last items to the stock guard.
    for (const { itemId } of sale.items) {
      await eventually(async () => (await readItemState(this.redis, itemId)).runId !== undefined, `item ${itemId} is on sale`);
    }
    return sale;
  }

  createSale(draft: SaleDraft = {}): Promise<AdminSale> {
    return this.call(calls.createSale, saleDraft(draft));
  }

  /** Decides requests in Redis, like a gateway. Returns the wins. */
  async reserve(sale: AdminSale, users: readonly string[], { quantity = 1, item = 0 } = {}): Promise<StockReserved[]> {
    const itemId = itemIdOf(sale, item);
    const runId = await readRunId(this.redis);
    const wins: StockReserved[] = [];
    for (let from = 0; from < users.length; from += 200) {
      const requests = users
        .slice(from, from + 200)
        .map((userId) => ({ reservationId: newReservationId(itemId), userId, quantity }));
      const { answers } = await reserve(this.redis, itemId, runId, requests);
      for (const [i, request] of requests.entries()) {
        const answer = answers[i];
        if (answer?.answer === 'RESERVED') wins.push({ ...request, saleId: sale.saleId, itemId, reservedAt: answer.reservedAt });
      }
    }
    return wins;
  }

  /** Publishes wins and clears the outbox, like a gateway. */
  async publish(wins: readonly StockReserved[]): Promise<void> {
    await this.store(wins);
    for (const win of wins) await clearOutbox(this.redis, win.itemId, [win.reservationId]);
  }

  /** Publishes wins, which stay in the outbox until their orders are created. */
  async store(wins: readonly StockReserved[]): Promise<void> {
    for (let from = 0; from < wins.length; from += 2_500) {
      await Promise.all(wins.slice(from, from + 2_500).map((win) => send(this.publisher, stockReserved, winnersOf([win]))));
    }
  }

  async win(
    sale: AdminSale,
    users: readonly string[],
    options: { quantity?: number; item?: number } = {},
  ): Promise<StockReserved[]> {
    const wins = await this.reserve(sale, users, options);
    await this.publish(wins);
    return wins;
  }

  /** A win that is in no outbox: the relay does not publish it, however long the test takes for its next step. */
  async winAside(sale: AdminSale, userId: string): Promise<StockReserved> {
    const win = this.forged(sale, userId);
    await advance(this.redis, win.itemId, 'RESERVED', [{ ...win, payBy: 0 }]);
    return win;
  }

  /** A win that Redis never decided. */
  forged(sale: AdminSale, userId: string, { quantity = 1, item = 0 } = {}): StockReserved {
    const itemId = itemIdOf(sale, item);
    return { reservationId: newReservationId(itemId), saleId: sale.saleId, itemId, userId, quantity, reservedAt: Date.now() };
  }

  async order(orderId: string): Promise<Order | null> {
    return this.prisma.order.findUnique({ where: { id: orderId } });
  }

  async statusInRedis(reservationId: string): Promise<ReservationStatus | undefined> {
    return (await readReservation(this.redis, reservationId))?.status;
  }

  async left(sale: AdminSale, item = 0): Promise<number | undefined> {
    return (await readItemState(this.redis, itemIdOf(sale, item))).left;
  }

  /** Runs a job and waits for its end, however long it takes. */
  async run<Kind extends JobKind>(
    kind: Kind,
    { saleId }: Pick<AdminSale, 'saleId'>,
    args: JobArguments = {},
  ): Promise<JobResults[Kind]> {
    for (;;) {
      const job = await this.call(calls.runJob, { kind, saleId, arguments: args, waitMs: PATIENCE_MS });
      const result = resultOf(kind, job);
      if (result !== undefined) return result;
    }
  }

  audit(sale: AdminSale): Promise<ExplainedAudit> {
    return this.run('audit', sale);
  }

  /**
   * Waits until every win and payment is handled and acknowledged (so all steps after the commits are done), and every event is counted.
   * Needs a worker.
   */
  async comesToRest(): Promise<void> {
    // In this order: unhandled messages still make events.
    await expect.poll(async () => [...(await unfinished(this.nc)), await uncounted(this)]).toEqual([0, 0, 0]);
  }

  /** Waits for rest first: the audit of a sale that moves waits for a few seconds only. */
  async expectAuditHolds(sale: AdminSale): Promise<void> {
    await this.comesToRest();
    const report = await this.audit(sale);
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
    expect(report).toMatchObject({ holds: true, oversold: 0, lost: 0, duplicated: 0, drift: 0 });
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const manager = await jetstreamManager(this.nc);
    const { state } = await manager.streams.info('SECKILL_DEAD_LETTERS');
    const letters: DeadLetter[] = [];
    for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage('SECKILL_DEAD_LETTERS', { seq });
      if (message !== null) letters.push(message.json());
    }
    return letters;
  }

  /** Counts the stored events by name. */
  async eventCounts(sale: AdminSale): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { event } of await readStoredEvents(this.nc, sale.saleId)) counts[event] = (counts[event] ?? 0) + 1;
    return counts;
  }
}

export function itemIdOf(sale: AdminSale, item = 0): string {
  const found = sale.items[item];
  if (found === undefined) throw new Error(`The sale has no item ${item}.`);
  return found.itemId;
}

export const users = (count: number, prefix = 'user'): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** Waits until `isSo`. `what` names it in the error. */
export async function eventually(isSo: () => Promise<boolean> | boolean, what: string, withinMs = PATIENCE_MS): Promise<void> {
  if (!(await waitUntil(isSo, withinMs))) throw new Error(`It did not happen within ${withinMs / 1000} s: ${what}.`);
}

/** A platform for one test file. Workers that a test started are stopped after it. */
export function usePlatform(): { readonly platform: Platform; readonly servers: TestServers } {
  const servers = useTestServers();
  let platform: Platform | undefined;
  beforeAll(async () => {
    platform = await Platform.connect(servers);
  });
  afterEach(() => platform?.stopWorkers());
  afterAll(() => platform?.close());
  return {
    servers,
    get platform() {
      if (platform === undefined) throw new Error('The platform is there from beforeAll on.');
      return platform;
    },
  };
}
