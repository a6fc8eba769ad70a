import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type BoundaryUrls, luaScripts } from 'dev';
import { useTestServers } from 'dev/test';
import type { Redis } from 'ioredis';
import {
  ACK_WAIT_MS,
  type AdminSale,
  callRpc,
  calls,
  clearOutbox,
  connectNats,
  ensureStreams,
  itemIdOf,
  itemKeys,
  newId,
  newReservationId,
  orderEvent,
  type PaymentReceived,
  Publisher,
  parseReservationRecord,
  paymentDeadline,
  paymentReceived,
  readRunId,
  reserve,
  type StockReserved,
  send,
  stockReserved,
} from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { type SaleDraft, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect } from 'vitest';
import { connectRedis, createMetrics, startWorker, type Worker, type WorkerContext } from '../../src/index.ts';
import { startPayment } from '../../src/payments/start-payment.ts';
import { commandSale } from '../../src/sales/command-sale.ts';
import { createSale } from '../../src/sales/create-sale.ts';
import { DatabaseClock } from '../../src/servers/database-clock.ts';
import { uncounted, unfinished } from '../support/at-rest.ts';
import { RecordingProvider } from '../support/recording-provider.ts';

export const quiet = { info() {}, warn() {}, error() {} };

/** What a dead worker held comes to the one that puts things right after this: short, for tests of many deaths. It may come twice, and does no harm. */
export const SHORT_ACK_WAIT_MS = 500;

/** A machine that has other things to do may stand still for seconds. */
const PATIENCE_MS = 30_000;

/** Servers on which workers die, and what of a worker's work a test does by hand, without one. */
export class Ground {
  readonly servers: BoundaryUrls;
  readonly nc: NatsConnection;
  readonly redis: Redis;
  readonly prisma: PrismaClient;
  readonly context: WorkerContext;
  /** What was asked of the payment provider, by whichever worker. */
  readonly provider = new RecordingProvider();

  constructor(servers: BoundaryUrls, parts: { nc: NatsConnection; redis: Redis; prisma: PrismaClient }) {
    this.servers = servers;
    this.nc = parts.nc;
    this.redis = parts.redis;
    this.prisma = parts.prisma;
    this.context = {
      ...parts,
      databaseUrl: servers.databaseUrl,
      publisher: new Publisher(parts.nc, { ackTimeoutMs: PATIENCE_MS }),
      clock: new DatabaseClock(parts.prisma),
      log: quiet,
      metrics: createMetrics(),
      ackWaitMs: ACK_WAIT_MS,
    };
  }

  /** One that lives until it is stopped. */
  startWorker(): Promise<Worker> {
    const { nc, redis, prisma, provider } = this;
    const { databaseUrl } = this.servers;
    return startWorker({ nc, redis, prisma, databaseUrl, provider, log: quiet, ackWaitMs: SHORT_ACK_WAIT_MS });
  }

  /** A published sale whose items are open in Redis. Its deadlines lie after the end of the test. */
  async openSale(draft: SaleDraft = {}): Promise<AdminSale> {
    const { saleId } = await createSale(this.context, saleDraft({ stock: 1, ...draft }));
    return commandSale(this.context, { saleId, command: 'publish' });
  }

  /** What a gateway does with one request: decided in Redis. Undefined where it lost. */
  async reserve(saleId: string, itemId: string, userId: string, quantity = 1): Promise<StockReserved | undefined> {
    const request = { reservationId: newReservationId(itemId), userId, quantity };
    const { answers } = await reserve(this.redis, itemId, await readRunId(this.redis), [request]);
    const [answer] = answers;
    return answer?.answer === 'RESERVED' ? { ...request, saleId, itemId, reservedAt: answer.reservedAt } : undefined;
  }

  /** What it does with a win. Answers the message's sequence. */
  async publish(win: StockReserved): Promise<number> {
    const { publisher } = this.context;
    const { seq } = await send(publisher, stockReserved, win);
    return seq;
  }

  /** A sale of so many items, of each of which `buyer` has won one unit. Out of the outbox: the relay would publish them before their turn. */
  async wins(count: number, options: { stock?: number } = {}): Promise<StockReserved[]> {
    const { saleId, items } = await this.openSale({ ...options, itemCount: count });
    return Promise.all(
      items.map(async ({ itemId }) => {
        const win = await this.reserve(saleId, itemId, 'buyer');
        if (win === undefined) throw new Error('Nobody else was there, and the buyer did not win.');
        await clearOutbox(this.redis, itemId, [win.reservationId]);
        return win;
      }),
    );
  }

  /** …and has an order for, which a worker made that is gone again. */
  async orders(count: number, options: { stock?: number } = {}): Promise<StockReserved[]> {
    const wins = await this.wins(count, options);
    const worker = await this.startWorker();
    await Promise.all(wins.map((win) => this.publish(win)));
    await this.comesToRest();
    await worker.stop();
    return wins;
  }

  /** A payment of each order, begun at the provider. */
  pays(orders: readonly StockReserved[]): Promise<(StockReserved & { paymentId: string })[]> {
    return Promise.all(
      orders.map(async (order) => {
        const { reservationId: orderId, userId } = order;
        return { ...order, paymentId: (await startPayment(this.context, this.provider, { userId, orderId })).paymentId };
      }),
    );
  }

  /** What a gateway does with a webhook of the provider. Answers the message's sequence. */
  async publishPayment(
    { reservationId: orderId, paymentId }: { reservationId: string; paymentId: string },
    type: PaymentReceived['type'] = 'payment.succeeded',
  ): Promise<number> {
    const event: PaymentReceived = { eventId: newId(), type, paymentId, orderId, amountCents: 1_000, currency: 'EUR' };
    const { publisher } = this.context;
    return (await send(publisher, paymentReceived, event)).seq;
  }

  /** Lets an order's time to pay be over, and says so as its payment deadline does. Answers the message's sequence. */
  async letDeadlinePass(orderId: string): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ now: number }[]>`
      UPDATE orders SET pay_by = clock_timestamp() - interval '1 second' WHERE id = ${orderId}::uuid
      RETURNING (extract(epoch FROM pay_by) * 1000)::float8 AS now`;
    const deadline = { dueAt: Math.ceil(row?.now ?? 0), payTimeoutSeconds: 600, orderIds: [orderId] };
    const { publisher } = this.context;
    return (await send(publisher, paymentDeadline, deadline, newId())).seq;
  }

  /** Nothing is left to be made an order of, or to be settled, and no delivery waits for its acknowledgement. Needs a worker. */
  async comesToRest(): Promise<void> {
    await expect.poll(() => unfinished(this.nc)).toEqual([0, 0]);
  }

  /** The listener of the statistics has come to the end of the events. Needs a worker. */
  async hasCounted(): Promise<void> {
    await expect.poll(() => uncounted(this)).toBe(0);
  }

  /** Every message of a subject that the stream holds, decoded, with its id. */
  async messages(stream: string, subject: string): Promise<{ id: string; value: Record<string, unknown> }[]> {
    const consumer = await jetstream(this.nc).consumers.get(stream, { filter_subjects: subject });
    const left = (await consumer.info()).num_pending;
    const found: { id: string; value: Record<string, unknown> }[] = [];
    if (left === 0) return found;
    for await (const message of await consumer.fetch({ max_messages: left, expires: PATIENCE_MS })) {
      found.push({ id: message.headers?.get('Nats-Msg-Id') ?? '', value: message.json() });
    }
    return found;
  }

  /** Stored events of a reservation, by name: `{ created: 1 }`. Counted by message id. */
  async events(saleId: string, orderId: string): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { id } of await this.messages('SECKILL_ORDERS', orderEvent.subject({ event: '*', saleId }))) {
      const [name = '', of] = id.split(':');
      if (of === orderId) counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  /** What each of the three servers says of a reservation and its item. */
  async books(saleId: string, reservationId: string): Promise<Books> {
    const itemId = itemIdOf(reservationId);
    const keys = itemKeys(itemId);
    const [order, rejection, item, record, live, buyers, outbox, events, payments, refunds] = await Promise.all([
      this.prisma.order.findUnique({ where: { id: reservationId } }),
      this.prisma.rejection.findUnique({ where: { reservationId } }),
      this.prisma.item.findUniqueOrThrow({ where: { id: itemId } }),
      this.redis.hget(keys.reservations, reservationId),
      this.redis.hget(keys.item, 'live'),
      this.redis.hvals(keys.buyers),
      this.redis.zcard(keys.outbox),
      this.events(saleId, reservationId),
      this.prisma.payment.findMany({ where: { orderId: reservationId }, orderBy: { id: 'asc' } }),
      this.prisma.refund.findMany({ where: { orderId: reservationId } }),
    ]);
    return {
      order: order?.status ?? (rejection === null ? 'none' : 'REJECTED'),
      reservation: record === null ? 'missing' : parseReservationRecord(record).status,
      sold: item.sold,
      live: Number(live),
      heldByBuyers: buyers.reduce((sum, units) => sum + Number(units), 0),
      outbox,
      events,
      payments: payments.map((payment) => payment.status),
      refundsSent: refunds.filter((refund) => refund.sentAt !== null).length,
      refundsUnsent: refunds.filter((refund) => refund.sentAt === null).length,
    };
  }

  /** The audit, by a worker that runs. */
  async audit(saleId: string) {
    await this.hasCounted();
    return callRpc(this.nc, calls.auditSale, { saleId });
  }

  async close(): Promise<void> {
    await this.context.publisher.close();
    await this.nc.close();
    this.redis.disconnect();
    await this.prisma.$disconnect();
  }
}

export interface Books {
  order: 'none' | 'REJECTED' | 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'REFUNDED';
  reservation: 'missing' | 'RESERVED' | 'ORDERED' | 'PAID' | 'CANCELLED' | 'REJECTED' | 'REFUNDED';
  /** Of the item: units of live orders in PostgreSQL, units held in Redis, and those by the counters of its buyers. */
  sold: number;
  live: number;
  heldByBuyers: number;
  outbox: number;
  events: Record<string, number>;
  payments: readonly string[];
  refundsSent: number;
  refundsUnsent: number;
}

/** Servers of the file's own, with streams and scripts in place. Can be read from the first `beforeAll` on. */
export function useGround(): { readonly ground: Ground } {
  const servers = useTestServers();
  let ground: Ground | undefined;
  beforeAll(async () => {
    const { redisUrl, natsUrl, databaseUrl } = servers;
    const nc = await connectNats(natsUrl, 'test');
    await ensureStreams(await jetstreamManager(nc));
    const redis = connectRedis(redisUrl, quiet);
    // A script that Redis does not have is sent twice, and the steps of a path would be others the first time.
    for (const lua of luaScripts()) await redis.script('LOAD', lua);
    ground = new Ground({ redisUrl, natsUrl, databaseUrl }, { nc, redis, prisma: createPrisma({ databaseUrl, max: 10 }) });
  });
  afterAll(() => ground?.close());
  return {
    get ground() {
      if (ground === undefined) throw new Error('The ground is there from beforeAll on.');
      return ground;
    },
  };
}
