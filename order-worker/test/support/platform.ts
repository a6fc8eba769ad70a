import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { waitUntil } from 'dev';
import { useTestServers } from 'dev/test';
import type { Redis } from 'ioredis';
import {
  type AdminSale,
  type AuditReport,
  type CreateSale,
  callRpc,
  calls,
  clearOutbox,
  connectNats,
  ensureStreams,
  itemKeys,
  newReservationId,
  Publisher,
  parseReservationRecord,
  type ReservationStatus,
  readRunId,
  reserve,
  type StockReserved,
  stockReserved,
} from 'seckill-core';
import { createPrisma, type Order, type PrismaClient } from 'seckill-prisma';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { connectRedis, startWorker, type Worker, type WorkerDeps } from '../../src/index.ts';
import { RecordingProvider } from './recording-provider.ts';

export const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/** Real servers, workers as many as a test wants, and what a gateway would do. */
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
    this.publisher = new Publisher(parts.nc);
  }

  async startWorker(deps: Partial<WorkerDeps> = {}): Promise<Worker> {
    const { nc, redis, prisma, databaseUrl, provider } = this;
    const worker = await startWorker({ nc, redis, prisma, databaseUrl, provider, log: quiet, ...deps });
    this.workers.push(worker);
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.workers.splice(0).map((worker) => worker.stop()));
  }

  listen(subject: string, take: (data: Uint8Array) => unknown): void {
    this.nc.subscribe(subject, {
      callback: (_, message) => {
        take(message.data);
      },
    });
  }

  /** A sale that runs, with one item unless told otherwise. Needs a worker. */
  async openSale(wish: Partial<CreateSale> & { stock?: number; limitPerUser?: number } = {}): Promise<AdminSale> {
    const draft = await this.createSale(wish);
    return callRpc(this.nc, calls.commandSale, { saleId: draft.saleId, command: 'publish' }, 10_000);
  }

  createSale({ stock = 10, limitPerUser = 1, ...wish }: Partial<CreateSale> & { stock?: number; limitPerUser?: number } = {}) {
    const sale: CreateSale = {
      title: 'A sale',
      startsAt: new Date(Date.now() - 1_000).toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      payTimeoutSeconds: 600,
      rateLimit: { ratePerSecond: 100_000, burst: 100_000 },
      items: [{ title: 'An item', priceCents: 1_000, currency: 'EUR', stock, limitPerUser }],
      ...wish,
    };
    return callRpc(this.nc, calls.createSale, sale, 10_000);
  }

  /** What a gateway does with a request: decided in Redis. Answers the wins. */
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

  /** …and with its wins: published, then taken out of the outbox. */
  async publish(wins: readonly StockReserved[]): Promise<void> {
    await Promise.all(
      wins.map((win) =>
        this.publisher.publish(stockReserved.subject(win), stockReserved.encode(win), stockReserved.messageId(win)),
      ),
    );
    for (const win of wins) await clearOutbox(this.redis, win.itemId, [win.reservationId]);
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

  /** A win that Redis never decided. */
  forged(sale: AdminSale, userId: string, { quantity = 1, item = 0 } = {}): StockReserved {
    const itemId = itemIdOf(sale, item);
    return { reservationId: newReservationId(itemId), saleId: sale.saleId, itemId, userId, quantity, reservedAt: Date.now() };
  }

  async order(orderId: string): Promise<Order | null> {
    return this.prisma.order.findUnique({ where: { id: orderId } });
  }

  async statusInRedis(reservationId: string): Promise<ReservationStatus | undefined> {
    const record = await this.redis.hget(itemKeys(reservationId.slice(-6)).reservations, reservationId);
    return record === null ? undefined : parseReservationRecord(record).status;
  }

  async left(sale: AdminSale, item = 0): Promise<number> {
    const [stock, live] = await this.redis.hmget(itemKeys(itemIdOf(sale, item)).item, 'stock', 'live');
    return Number(stock) - Number(live);
  }

  audit(sale: AdminSale): Promise<AuditReport> {
    return callRpc(this.nc, calls.auditSale, { saleId: sale.saleId });
  }

  async expectAuditHolds(sale: AdminSale): Promise<void> {
    const report = await this.audit(sale);
    expect(report.checks.filter((check) => !check.holds)).toEqual([]);
    expect(report).toMatchObject({ holds: true, oversold: 0, lost: 0, duplicated: 0, drift: 0 });
  }

  async deadLetters(): Promise<{ consumer: string; reason: string }[]> {
    const manager = await jetstreamManager(this.nc);
    const { state } = await manager.streams.info('SECKILL_DEAD_LETTERS');
    const letters: { consumer: string; reason: string }[] = [];
    for (let seq = state.first_seq; state.messages > 0 && seq <= state.last_seq; seq += 1) {
      const message = await manager.streams.getMessage('SECKILL_DEAD_LETTERS', { seq });
      if (message !== null) letters.push(message.json());
    }
    return letters;
  }

  /** How often each event was stored. */
  async eventCounts(sale: AdminSale): Promise<Record<string, number>> {
    const manager = await jetstreamManager(this.nc);
    const { state } = await manager.streams.info('SECKILL_ORDERS', { subjects_filter: `seckill.order.*.${sale.saleId}` });
    return Object.fromEntries(
      Object.entries(state.subjects ?? {}).map(([subject, count]) => [subject.split('.')[2] ?? '', count]),
    );
  }
}

export function itemIdOf(sale: AdminSale, item = 0): string {
  const found = sale.items[item];
  if (found === undefined) throw new Error(`The sale has no item ${item}.`);
  return found.itemId;
}

export const users = (count: number, prefix = 'user'): string[] => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** Waits for something that happens by itself. */
export async function eventually(isSo: () => Promise<boolean> | boolean, what: string, withinMs = 15_000): Promise<void> {
  if (!(await waitUntil(isSo, withinMs))) throw new Error(`It did not happen within ${withinMs / 1000} s: ${what}.`);
}

/** Workers that a test started are stopped after it. */
export function usePlatform(): { readonly platform: Platform } {
  const servers = useTestServers();
  let platform: Platform | undefined;
  beforeAll(async () => {
    const nc = await connectNats(servers.natsUrl, 'test');
    await ensureStreams(await jetstreamManager(nc));
    const { databaseUrl } = servers;
    platform = new Platform({
      nc,
      redis: connectRedis(servers.redisUrl, quiet),
      prisma: createPrisma({ databaseUrl, max: 20 }),
      databaseUrl,
    });
  });
  afterEach(() => platform?.stopWorkers());
  afterAll(async () => {
    if (platform === undefined) return;
    await platform.publisher.close();
    await platform.nc.close();
    platform.redis.disconnect();
    await platform.prisma.$disconnect();
  });
  return {
    get platform() {
      if (platform === undefined) throw new Error('The platform is there from beforeAll on.');
      return platform;
    },
  };
}
