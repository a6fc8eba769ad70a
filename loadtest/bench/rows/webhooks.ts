import { connectNats, newId, newReservationId, type OrderEvent, Publisher, sendOrderEvents } from 'seckill-core';
import type { BenchContext } from '../measure/context.ts';
import type { Costs } from '../measure/process-costs.ts';
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
  /** To all endpoints together: each gets the cancelled orders, so a hundredth of it are cancelled in a second. */
  deliveries: number;
  say: (line: string) => void;
}

/**
 * How far behind 98 endpoints are while 5,000 orders a second are made and paid, one endpoint hangs and one refuses. The bench publishes the events as a
 * worker does, and is the receiver too; no order is written, so the figure is that of the webhooks.
 */
export async function webhooks(context: BenchContext, { seconds, deliveries, say }: WebhooksRun): Promise<RowRun> {
  const receiver = await BenchReceiver.start();
  const nc = await connectNats(context.platform.natsUrl, 'bench');
  const publisher = new Publisher(nc, { maxInFlight: 50_000 });
  try {
    const paths = await addEndpoints(context, receiver);
    const load = { saleId: newId(), cancelsASecond: deliveries / ENDPOINTS };
    say(
      `${ENDPOINTS} endpoints are there. ${ORDERS_PER_SECOND} orders a second for ${seconds} s, ${deliveries} deliveries a second.`,
    );
    await publish(publisher, { ...load, forMs: WARM_UP_MS });
    receiver.countFrom = Date.now();
    const { value: sent, costs } = await context.measure(async () => {
      const cancelled = await publish(publisher, { ...load, forMs: seconds * 1_000 });
      await allArrived(receiver, paths, cancelled);
      return cancelled;
    });
    return rowOf({ receiver, paths, sent, seconds, costs });
  } finally {
    await removeEndpoints(context);
    await publisher.close();
    await nc.close();
    receiver.close();
  }
}

async function addEndpoints({ operator }: BenchContext, receiver: BenchReceiver): Promise<string[]> {
  const paths = Array.from({ length: ENDPOINTS }, (_, i) => [HANGS, REFUSES][i] ?? `/works/${i}`);
  for (const path of paths) await operator.call('POST', '/webhooks', { url: receiver.url(path), events: ['order.cancelled'] });
  return paths;
}

async function removeEndpoints({ operator }: BenchContext): Promise<void> {
  const { webhooks: found } = await operator.call<{ webhooks: { webhookId: string }[] }>('GET', `/webhooks?limit=${ENDPOINTS}`);
  for (const { webhookId } of found) await operator.call('DELETE', `/webhooks/${webhookId}`);
}

interface Load {
  saleId: string;
  cancelsASecond: number;
  forMs: number;
}

/** Publishes what workers publish. Resolves to how many orders were cancelled. */
async function publish(publisher: Publisher, { saleId, cancelsASecond, forMs }: Load): Promise<number> {
  const began = performance.now();
  let cancelled = 0;
  for (let tick = 1; performance.now() - began < forMs; tick += 1) {
    const at = Date.now();
    const orders = Array.from({ length: (ORDERS_PER_SECOND * TICK_MS) / 1_000 }, () => createdEvent(saleId, at));
    const cancels = Math.round((cancelsASecond * tick * TICK_MS) / 1_000) - cancelled;
    cancelled += cancels;
    await sendOrderEvents(publisher, orders);
    const ends = { version: 1, at: Date.now() };
    await sendOrderEvents(publisher, [
      ...orders.slice(0, cancels).map((order) => ({ ...order, ...ends, event: 'cancelled', reason: 'unpaid' }) as const),
      ...orders.slice(cancels).map((order) => ({ ...order, ...ends, event: 'paid' }) as const),
    ]);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + tick * TICK_MS - performance.now())));
  }
  return cancelled;
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

const working = (paths: readonly string[]): string[] => paths.filter((path) => path !== HANGS && path !== REFUSES);

async function allArrived(receiver: BenchReceiver, paths: readonly string[], sent: number): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  const isThere = () => working(paths).every((path) => receiver.count(path) >= sent);
  while (!isThere() && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
}

interface Measured {
  receiver: BenchReceiver;
  paths: readonly string[];
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
