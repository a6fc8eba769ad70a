import { connectNats, newId, newReservationId, type OrderEvent, Publisher, sendOrderEvents } from 'seckill-core';
import type { BenchContext } from '../measure/context.ts';
import { type Costs, costsBetween, readCosts } from '../measure/process-costs.ts';
import type { RowRun } from '../measure/row.ts';
import { BenchReceiver, HANGS, REFUSES } from '../measure/webhook-receiver.ts';

const ENDPOINTS = 100;
const ORDERS_PER_SECOND = 5_000;
const TICK_MS = 100;
const WARM_UP_MS = 5_000;
/** After the last order. What has not come by then is lost. */
const PATIENCE_MS = 30_000;

export interface WebhooksRun {
  seconds: number;
  /** To all endpoints together. */
  deliveries: number;
  say: (line: string) => void;
}

/**
 * How far behind 98 endpoints are while 5,000 orders a second are made, one endpoint hangs and one refuses. Each endpoint wants the paid orders of one
 * sale. The bench publishes the events as a worker does, and is the receiver too; no order is written, so the figure is that of the webhooks.
 */
export async function webhooks(context: BenchContext, { seconds, deliveries, say }: WebhooksRun): Promise<RowRun> {
  const receiver = await BenchReceiver.start();
  const nc = await connectNats(context.platform.natsUrl, 'bench');
  const publisher = new Publisher(nc, { maxInFlight: 50_000 });
  try {
    const paths = await addEndpoints(context, receiver);
    const load = { saleIds: [...paths.values()], shareOfPaid: deliveries / ORDERS_PER_SECOND };
    say(
      `${ENDPOINTS} endpoints are there. ${ORDERS_PER_SECOND} orders a second for ${seconds} s, ${deliveries} deliveries a second.`,
    );
    await publish(publisher, { ...load, forMs: WARM_UP_MS });
    receiver.countFrom = Date.now();
    const own = [{ part: 'bench and receiver', pids: [process.pid] }];
    const before = readCosts(own);
    const { value: sent, costs } = await context.measure(async () => {
      const paid = await publish(publisher, { ...load, forMs: seconds * 1_000 });
      await allArrived(receiver, paths, paid);
      return paid;
    });
    Object.assign(costs.cpuSeconds, costsBetween(before, readCosts(own)).cpuSeconds);
    return rowOf({ receiver, paths, sent, seconds, costs });
  } finally {
    await removeEndpoints(context);
    await publisher.close();
    await nc.close();
    receiver.close();
  }
}

/** Resolves to the sale of each endpoint, by the path that receives it. */
async function addEndpoints({ operator }: BenchContext, receiver: BenchReceiver): Promise<Map<string, string>> {
  const paths = new Map(Array.from({ length: ENDPOINTS }, (_, i) => [[HANGS, REFUSES][i] ?? `/works/${i}`, newId()]));
  for (const [path, saleId] of paths)
    await operator.call('POST', '/webhooks', { url: receiver.url(path), events: ['order.paid'], saleIds: [saleId] });
  return paths;
}

async function removeEndpoints({ operator }: BenchContext): Promise<void> {
  const { webhooks: found } = await operator.call<{ webhooks: { webhookId: string }[] }>('GET', `/webhooks?limit=${ENDPOINTS}`);
  for (const { webhookId } of found) await operator.call('DELETE', `/webhooks/${webhookId}`);
}

interface Load {
  saleIds: readonly string[];
  /** Of the orders; the others are cancelled. */
  shareOfPaid: number;
  forMs: number;
}

/** Publishes what workers publish. Resolves to how many orders of each sale were paid. */
async function publish(publisher: Publisher, { saleIds, shareOfPaid, forMs }: Load): Promise<number> {
  const began = performance.now();
  const ordersOfTick = (ORDERS_PER_SECOND * TICK_MS) / 1_000 / saleIds.length;
  let paid = 0;
  for (let tick = 1; performance.now() - began < forMs; tick += 1) {
    const at = Date.now();
    const created = saleIds.map((saleId) => Array.from({ length: ordersOfTick }, () => createdEvent(saleId, at)));
    const pays = Math.round(tick * ordersOfTick * shareOfPaid) - paid;
    paid += pays;
    await sendOrderEvents(publisher, created.flat());
    const ends = { version: 1, at: Date.now() };
    const ended = created.flatMap((orders) => [
      ...orders.slice(0, pays).map((order) => ({ ...order, ...ends, event: 'paid' }) as const),
      ...orders.slice(pays).map((order) => ({ ...order, ...ends, event: 'cancelled', reason: 'unpaid' }) as const),
    ]);
    await sendOrderEvents(publisher, ended);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + tick * TICK_MS - performance.now())));
  }
  return paid;
}

const createdEvent = (saleId: string, at: number): OrderEvent => ({
  event: 'created',
  orderId: newReservationId('000001'),
  saleId,
  itemId: '000001',
  userId: 'buyer-of-the-bench',
  quantity: 1,
  amountCents: 4_900,
  currency: 'EUR',
  reservedAt: at,
  at,
  payBy: at + 900_000,
  version: 0,
});

const working = (paths: ReadonlyMap<string, string>): string[] =>
  [...paths.keys()].filter((path) => path !== HANGS && path !== REFUSES);

async function allArrived(receiver: BenchReceiver, paths: ReadonlyMap<string, string>, sent: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const isThere = () => working(paths).every((path) => receiver.count(path) >= sent);
  while (!isThere() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Measured {
  receiver: BenchReceiver;
  paths: ReadonlyMap<string, string>;
  sent: number;
  seconds: number;
  costs: Costs;
}

function rowOf({ receiver, paths, sent, seconds, costs }: Measured): RowRun {
  const row = 'webhooks';
  const endpoints = working(paths).length;
  const late = working(paths)
    .flatMap((path) => receiver.lateMs.get(path) ?? [])
    .sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0;
  const lost = sent * endpoints - late.length;
  return {
    row,
    perSecond: late.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    count: late.length,
    faults: lost === 0 ? [] : [`${row}: ${lost} of ${sent * endpoints} deliveries did not come within ${PATIENCE_MS / 1_000} s`],
    extra: { mostBehindMs: at(1), endpoints, ordersPerSecond: ORDERS_PER_SECOND },
    ...costs,
  };
}
