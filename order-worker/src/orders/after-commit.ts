import { type OrderEventName, type ReservationStatus, readReservation } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { moveReservations } from './move-reservations.ts';
import { changedAt, type OrderState } from './order-state.ts';
import { type DueOrder, publishDeadlines } from './publish-deadlines.ts';
import { publishOrderEvents } from './publish-order-events.ts';
import { pushToBuyers } from './push-to-buyers.ts';

/** The servers that learn of a committed change, and the clock that tells its age. */
export type Announcer = Pick<WorkerContext, 'publisher' | 'redis' | 'nc' | 'clock' | 'pages'>;
/** The parts that a function needs to change orders in PostgreSQL and announce the change. */
export type OrderWriter = Announcer & Pick<WorkerContext, 'prisma' | 'metrics'>;

/** An order or a rejection after the transaction. */
export interface Committed extends OrderState {
  /** This transaction made the change. Otherwise an earlier one did, and its worker may have died before it announced the change. */
  fresh: boolean;
  /** Seconds the buyer has to pay; known for orders that were just created. */
  payTimeoutSeconds?: number;
}

const MOVED: readonly ReservationStatus[] = ['ORDERED', 'PAID', 'CANCELLED', 'REJECTED', 'REFUNDED'];

/** The state an event takes a reservation to in Redis, and the states there that prove the event was announced. */
const RESERVATIONS = {
  created: { to: 'ORDERED', announced: MOVED },
  rejected: { to: 'REJECTED', announced: MOVED },
  paid: { to: 'PAID', announced: ['PAID'] },
  cancelled: { to: 'CANCELLED', announced: ['CANCELLED', 'REFUNDED'] },
  refunded: { to: 'REFUNDED', announced: ['REFUNDED'] },
} as const satisfies Record<OrderEventName, { to: ReservationStatus; announced: readonly ReservationStatus[] }>;

/** JetStream drops a repeated message id for two minutes; less a margin for clocks and for messages in flight. */
const DEDUPLICATED_MS = 100_000;

/**
 * What follows the commit of a change of orders. The steps run in this order, because a crash between any two of them must be repairable:
 *
 * 1. The payment deadline of a new order, so that an order with an event is never left to the sweep.
 * 2. The event, under `<event>:<orderId>`: repeated within two minutes, JetStream stores it once.
 * 3. Redis. It comes after the event, so a reservation that has moved there proves that deadline and event are stored.
 * 4. The buyer's open page. No step waits for it, because a page reads the state when it connects, and again now and then.
 *
 * Callers acknowledge their message after this. After a crash the message is redelivered, the transaction returns the same orders as not
 * `fresh`, and all steps run again under the same ids. A caller without a message stores one first, see rememberToFinish.
 * Rejects with the first step that failed; the later ones have not run.
 */
export async function announce(parts: Announcer, event: OrderEventName, committed: readonly Committed[]): Promise<void> {
  const orders = await unfinished(parts, event, committed);
  // The worker that cancelled may not have reached Redis yet, and only a cancelled reservation can become REFUNDED there.
  if (event === 'refunded') await runSteps(parts, 'cancelled', await notAnnounced(parts, 'cancelled', orders));
  await runSteps(parts, event, orders);
}

async function runSteps(parts: Announcer, event: OrderEventName, orders: readonly Committed[]): Promise<void> {
  if (orders.length === 0) return;
  const { to } = RESERVATIONS[event];
  // A new order may have been paid or cancelled since. It still gets its event; the message of the later change does the rest.
  const moving = event === 'created' ? orders.filter((order) => order.status === 'PENDING_PAYMENT') : orders;
  if (event === 'created') await publishDeadlines(parts, moving.filter(hasDeadline));
  await publishOrderEvents(parts, event, orders);
  await moveReservations(parts, to, moving);
  pushToBuyers(parts, to, moving);
}

const hasDeadline = (order: Committed): order is Committed & DueOrder => order.payTimeoutSeconds !== undefined;

/**
 * Fresh orders, and those of earlier transactions that may not have been announced. Young ones all run again, since JetStream drops their
 * repeated events. Events of older ones would be stored twice, so Redis, the last step, decides for those.
 */
async function unfinished(parts: Announcer, event: OrderEventName, committed: readonly Committed[]): Promise<Committed[]> {
  const now = parts.clock.now();
  const isOld = (order: Committed) => !order.fresh && now - changedAt(event, order) >= DEDUPLICATED_MS;
  const again = new Set(await notAnnounced(parts, event, committed.filter(isOld)));
  return committed.filter((order) => !isOld(order) || again.has(order));
}

async function notAnnounced(
  { redis }: Pick<Announcer, 'redis'>,
  event: OrderEventName,
  orders: readonly Committed[],
): Promise<Committed[]> {
  const records = await Promise.all(orders.map((order) => readReservation(redis, order.orderId)));
  const announced: readonly ReservationStatus[] = RESERVATIONS[event].announced;
  return orders.filter((_, i) => {
    const record = records[i];
    return record === undefined || !announced.includes(record.status);
  });
}
