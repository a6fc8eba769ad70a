import { jetstreamManager } from '@nats-io/jetstream';
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
  LONGEST_WAIT_MS,
  listen,
  newId,
  newReservationId,
  type PaymentReceived,
  Publisher,
  paymentDeadline,
  paymentReceived,
  readRunId,
  reserve,
  resultOf,
  type StockReserved,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { type SaleDraft, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  connectRedis,
  createMetrics,
  rebuildItem,
  startWorker,
  type Worker,
  type WorkerContext,
  type WorkerDeps,
} from '../../src/index.ts';
import { ProviderSet } from '../../src/payments/provider-set.ts';
import { paymentStarter } from '../../src/payments/start-payment.ts';
import { commandSale } from '../../src/sales/commands/command-sale.ts';
import { createSale } from '../../src/sales/commands/create-sale.ts';
import { BackgroundPace } from '../../src/servers/background-pace.ts';
import { DatabaseClock } from '../../src/servers/database-clock.ts';
import { uncounted, unfinished } from '../support/at-rest.ts';
import { everyPage } from '../support/platform.ts';
import { RecordingProvider } from '../support/recording-provider.ts';
import { RecordingWarehouse } from '../support/recording-warehouse.ts';
import { readMessages, type StoredMessage } from '../support/stored-messages.ts';
import { type Books, countEvents, readBooks } from './books.ts';

export const quiet = { info() {}, warn() {}, error() {} };

/** A dead worker's messages are redelivered after this. Short, for tests of many deaths; a second redelivery does no harm. */
export const SHORT_ACK_WAIT_MS = 500;

/** A busy machine may stand still for seconds. */
const PATIENCE_MS = 30_000;

/** Servers on which workers die, and the parts of their work that a test does without a worker. */
export class Ground {
  readonly servers: BoundaryUrls;
  readonly nc: NatsConnection;
  readonly redis: Redis;
  readonly prisma: PrismaClient;
  readonly context: WorkerContext;
  /** Records the calls of every worker. */
  readonly provider = new RecordingProvider();
  /** Serves every worker that has sagas. */
  readonly warehouse = new RecordingWarehouse();
  /** If set, every worker has sagas. */
  sagas: NonNullable<WorkerDeps['sagas']> | undefined;

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
      pages: everyPage,
      providers: new ProviderSet([this.provider]),
      pace: new BackgroundPace(),
      log: quiet,
      metrics: createMetrics(),
      ackWaitMs: ACK_WAIT_MS,
    };
    listen(parts.nc, paymentReceived, (event) => this.provider.hasReported(event), quiet);
  }

  /** Starts a worker that lives until it is stopped. */
  startWorker(): Promise<Worker> {
    const { nc, redis, prisma, provider } = this;
    const { databaseUrl } = this.servers;
    const { pages } = this.context;
    return startWorker({
      nc,
      redis,
      prisma,
      databaseUrl,
      providers: [provider],
      pages,
      log: quiet,
      ackWaitMs: SHORT_ACK_WAIT_MS,
      sagas: this.sagas === undefined ? undefined : { ...this.sagas, warehouse: this.warehouse },
    });
  }

  /** A published sale whose items are open in Redis. Its deadlines lie after the end of the test. */
  async openSale(draft: SaleDraft = {}): Promise<AdminSale> {
    const { saleId } = await createSale(this.context, saleDraft({ stock: 1, ...draft }), []);
    const sale = await commandSale(this.context, { saleId, command: 'publish' });
    // On a slow machine, the command leaves items to a worker's stock guard, and no worker runs here.
    for (const { itemId } of sale.items) await rebuildItem(this.context, itemId);
    return sale;
  }

  /** Decides one request in Redis, like a gateway. Undefined if it lost. */
  async reserve(saleId: string, itemId: string, userId: string, quantity = 1): Promise<StockReserved | undefined> {
    const request = { reservationId: newReservationId(itemId), userId, quantity };
    const { answers } = await reserve(this.redis, itemId, await readRunId(this.redis), [request]);
    const [answer] = answers;
    return answer?.answer === 'RESERVED' ? { ...request, saleId, itemId, reservedAt: answer.reservedAt } : undefined;
  }

  /** Publishes a win, like a gateway. Returns the sequence of the message. */
  async publish(win: StockReserved): Promise<number> {
    const { publisher } = this.context;
    const { seq } = await send(publisher, stockReserved, winnersOf([win]));
    return seq;
  }

  /** A sale of `count` items; `buyer` has won one unit of each. The wins are not in the outbox, or the relay would publish them too early. */
  async wins(count: number, options: SaleDraft = {}): Promise<StockReserved[]> {
    const { saleId, items } = await this.openSale({ ...options, itemCount: count });
    return Promise.all(
      items.map(async ({ itemId }) => {
        const win = await this.reserve(saleId, itemId, 'buyer');
        if (win === undefined) throw new Error('The only buyer did not win.');
        await clearOutbox(this.redis, itemId, [win.reservationId]);
        return win;
      }),
    );
  }

  /** The same, with orders. The worker that created them has stopped. */
  async orders(count: number, options: SaleDraft = {}): Promise<StockReserved[]> {
    const wins = await this.wins(count, options);
    const worker = await this.startWorker();
    await Promise.all(wins.map((win) => this.publish(win)));
    await this.comesToRest();
    await worker.stop();
    return wins;
  }

  /** Starts a payment of each order at the provider, which is not asked for it later. */
  async pays(orders: readonly StockReserved[]): Promise<(StockReserved & { paymentId: string })[]> {
    const start = paymentStarter(this.context);
    const begun = await Promise.all(
      orders.map(async (order) => {
        const { reservationId: orderId, userId } = order;
        const { paymentId } = await start({ userId, orderId }, performance.now() + PATIENCE_MS);
        return { ...order, paymentId };
      }),
    );
    await this.prisma.payment.updateMany({
      where: { id: { in: begun.map(({ paymentId }) => paymentId) } },
      data: { nextQueryAt: null },
    });
    return begun;
  }

  /** Publishes a provider's event, like a gateway. Returns the sequence of the message. */
  async publishPayment(
    { reservationId: orderId, paymentId }: { reservationId: string; paymentId: string },
    type: PaymentReceived['type'] = 'payment.succeeded',
  ): Promise<number> {
    const event: PaymentReceived = { eventId: newId(), type, paymentId, orderId, amountCents: 1_000, currency: 'EUR' };
    if (type === 'refund.done') event.refundId = paymentId;
    const { publisher } = this.context;
    return (await send(publisher, paymentReceived, event)).seq;
  }

  /** Makes an order due and publishes its payment deadline. Returns the sequence of the message. */
  async letDeadlinePass(orderId: string): Promise<number> {
    const [row] = await this.prisma.$queryRaw<{ now: number }[]>`
      UPDATE orders SET pay_by = clock_timestamp() - interval '1 second' WHERE id = ${orderId}::uuid
      RETURNING (extract(epoch FROM pay_by) * 1000)::float8 AS now`;
    const deadline = { dueAt: Math.ceil(row?.now ?? 0), payTimeoutSeconds: 600, orderIds: [orderId] };
    const { publisher } = this.context;
    return (await send(publisher, paymentDeadline, deadline, newId())).seq;
  }

  /** Waits until every win and payment is handled and acknowledged. Needs a worker. */
  async comesToRest(): Promise<void> {
    await expect.poll(() => unfinished(this.nc)).toEqual([0, 0]);
  }

  /** Waits until the statistics listener has reached the end of the events. Needs a worker. */
  async hasCounted(): Promise<void> {
    await expect.poll(() => uncounted(this)).toBe(0);
  }

  /** See {@link readMessages}. */
  messages(stream: string, subject: string): Promise<StoredMessage[]> {
    return readMessages(this.nc, stream, subject);
  }

  events(saleId: string, orderId: string): Promise<Record<string, number>> {
    return countEvents(this.nc, saleId, orderId);
  }

  books(saleId: string, reservationId: string): Promise<Books> {
    return readBooks(this, saleId, reservationId);
  }

  /** Runs an audit. Needs a worker. */
  async audit(saleId: string) {
    await this.hasCounted();
    const report = resultOf('audit', await callRpc(this.nc, calls.runJob, { kind: 'audit', saleId, waitMs: LONGEST_WAIT_MS }));
    if (report === undefined) throw new Error(`The audit of sale ${saleId} did not end in time.`);
    return report;
  }

  async close(): Promise<void> {
    await this.context.publisher.close();
    await this.nc.close();
    this.redis.disconnect();
    await this.prisma.$disconnect();
  }
}

/** Servers for one test file, with streams and scripts in place. Can be read from the first `beforeAll` on. */
export function useGround(): { readonly ground: Ground } {
  const servers = useTestServers();
  let ground: Ground | undefined;
  beforeAll(async () => {
    const { redisUrl, natsUrl, databaseUrl } = servers;
    const nc = await connectNats(natsUrl, 'test');
    await ensureStreams(await jetstreamManager(nc));
    const redis = connectRedis(redisUrl, quiet);
    // A script that Redis does not have is sent twice, so the first run of a path would have other steps.
    for (const lua of luaScripts()) await redis.script('LOAD', lua);
    ground = new Ground({ redisUrl, natsUrl, databaseUrl }, { nc, redis, prisma: createPrisma({ databaseUrl, max: 10 }) });
  });
  afterAll(() => ground?.close());
  return {
    get ground() {
      if (ground === undefined) throw new Error('The ground can be read only from beforeAll on.');
      return ground;
    },
  };
}
