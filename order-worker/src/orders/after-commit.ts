import type { OrderChange, ReservationStatus } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { findAnnounced, findMoved } from './find-announced.ts';
import { moveReservations } from './move-reservations.ts';
import { beforeRefund, type OrderState } from './order-state.ts';
import { type DueOrder, publishDeadlines } from './publish-deadlines.ts';
import { publishOrderEvents } from './publish-order-events.ts';
import { pushToBuyers } from './push-to-buyers.ts';

/** The servers that learn of a committed change. */
export type Announcer = Pick<WorkerContext, 'publisher' | 'redis' | 'nc' | 'pages' | 'hoardingPauseMs'>;
/** The parts that a function needs to change orders in PostgreSQL and announce the change. */
export type OrderWriter = Announcer & Pick<WorkerContext, 'prisma' | 'metrics' | 'clock'>;

/** An order or a rejection after the transaction. */
export interface Committed extends OrderState {
  /** This transaction made the change. Otherwise an earlier one did, and its worker may have died before it announced the change. */
  fresh: boolean;
  /** Seconds the buyer has to pay; known for orders that were just created. */
  payTimeoutSeconds?: number;
}

/** The state an event takes a reservation to in Redis. */
const MOVES_TO = {
  created: 'ORDERED',
  rejected: 'REJECTED',
  paid: 'PAID',
  cancelled: 'CANCELLED',
  refunded: 'REFUNDED',
} as const satisfies Record<OrderChange, ReservationStatus>;

/**
 * What follows the commit of a change of orders. The steps run in this order, because a crash between any two of them must be repairable:
 *
 * 1. The payment deadline of a new order, so that an order with an event is never left to the sweep.
 * 2. The event.
 * 3. Redis. It comes after the event, so a reservation that has moved there proves that deadline and event are stored.
 * 4. The buyer's open page. No step waits for it, because a page reads the state when it connects, and again now and then.
 *
 * Callers acknowledge their message after this. After a crash the message is redelivered, the transaction returns the same orders as not
 * `fresh`, and all steps run again for those that Redis does not know to be announced. A worker that was only slow may be running them too, so
 * the events are marked as a repeat, and listeners apply one of two. A caller without a message stores one first, see rememberToFinish.
 * Rejects with the first step that failed; the later ones have not run.
 */
export async function announce(
  parts: Announcer,
  event: OrderChange,
  committed: readonly Committed[],
  { redelivered = false }: AnnounceOptions = {},
): Promise<void> {
  const announced = await findAnnounced(parts.redis, event, redelivered ? committed : committed.filter((order) => !order.fresh));
  const fresh = committed.filter((order) => order.fresh && !announced.has(order));
  // What is fresh and was announced is news to PostgreSQL only.
  const repeated = committed.filter((order) => order.fresh === announced.has(order));
  if (event === 'refunded') await announceBeforeRefund(parts, [...fresh, ...repeated]);
  await runSteps(parts, event, { fresh, repeated });
}

/** The worker that paid or cancelled an order may not have reached Redis yet, and only such a reservation can become REFUNDED there. */
async function announceBeforeRefund(parts: Announcer, refunded: readonly Committed[]): Promise<void> {
  for (const event of ['paid', 'cancelled'] as const) {
    const orders = refunded.filter((order) => beforeRefund(order) === event);
    const moved = new Set(await findMoved(parts.redis, event, orders));
    await runSteps(parts, event, { fresh: [], repeated: orders.filter((order) => !moved.has(order)) });
  }
}

export interface AnnounceOptions {
  /** An earlier delivery may have announced what is fresh now, because PostgreSQL has gone back to an older copy since. */
  redelivered?: boolean;
}

interface ToAnnounce {
  /** Their events are published here for the first time. */
  fresh: readonly Committed[];
  /** Another worker may have published their events. */
  repeated: readonly Committed[];
}

async function runSteps(parts: Announcer, event: OrderChange, { fresh, repeated }: ToAnnounce): Promise<void> {
  const orders = repeated.length === 0 ? fresh : [...fresh, ...repeated];
  if (orders.length === 0) return;
  const to = MOVES_TO[event];
  // A new order may have been paid or cancelled since. It still gets its event; the message of the later change does the rest.
  const moving = event === 'created' ? orders.filter((order) => order.status === 'PENDING_PAYMENT') : orders;
  if (event === 'created') await publishDeadlines(parts, moving.filter(hasDeadline));
  await Promise.all([publishOrderEvents(parts, event, fresh), publishOrderEvents(parts, event, repeated, { repeat: true })]);
  await moveReservations(parts, to, moving);
  pushToBuyers(parts, to, moving);
}

const hasDeadline = (order: Committed): order is Committed & DueOrder => order.payTimeoutSeconds !== undefined;
