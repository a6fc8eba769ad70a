import { type OrderNotice, type PaymentOfEvent, type RefundOfEvent, sendOrderEvents } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { OrderState } from '../order-state.ts';
import { eventOf } from '../publish-order-events.ts';

const waitingStatement = loadStatement(import.meta.url, 'waiting-events');

const PORTION = 500;
/** A payment and its refund may share their id, so an id has up to three events. */
const MOST_EVENTS = 3 * PORTION;
/** The worker that wrote an event publishes it until then. Later any worker does, and marks it as a repeat. */
const LATE_SECONDS = 10;

type Parts = Pick<WorkerContext, 'prisma' | 'publisher'>;

interface Waiting {
  event: OrderNotice;
  refId: string;
  version: number;
  reason: string | null;
  late: boolean;
  at: number;
  order: OrderState;
  payment: PaymentOfEvent;
  refund: RefundOfEvent | null;
}

/**
 * Publishes the events of payments and refunds that this process has just written, in the transaction that it has committed. Two statements for all of
 * them. Ids that have no waiting event are skipped.
 */
export async function announceWaiting(parts: Parts, refIds: readonly string[]): Promise<void> {
  for (let from = 0; from < refIds.length; from += PORTION)
    await publish(parts, await read(parts, refIds.slice(from, from + PORTION)));
}

/** As {@link announceWaiting}, for a caller that does not wait: what fails is left to {@link announceForgotten}. */
export function announceSoon(parts: Parts, refIds: readonly string[]): void {
  announceWaiting(parts, refIds).catch(() => undefined);
}

/** Publishes what workers that died have left. */
export async function announceForgotten(parts: Parts): Promise<void> {
  for (;;) {
    const waiting = await read(parts, null);
    await publish(parts, waiting);
    if (waiting.length < MOST_EVENTS) return;
  }
}

const read = ({ prisma }: Parts, refIds: readonly string[] | null): Promise<Waiting[]> =>
  prisma.$queryRawUnsafe(waitingStatement, refIds, LATE_SECONDS, MOST_EVENTS);

async function publish({ prisma, publisher }: Parts, waiting: readonly Waiting[]): Promise<void> {
  if (waiting.length === 0) return;
  for (const late of [false, true]) {
    const events = waiting
      .filter((each) => each.late === late)
      .map(({ event, order, version, at, reason, payment, refund }) =>
        eventOf(event, order, { version, at, payment, reason: reason ?? refund?.reason, refund: refund ?? undefined }),
      );
    if (events.length > 0) await sendOrderEvents(publisher, events, { repeat: late });
  }
  const refIds = waiting.map(({ refId }) => refId);
  const events = waiting.map(({ event }) => event);
  await prisma.$executeRaw`
    DELETE FROM waiting_events w USING unnest(${refIds}::uuid[], ${events}::text[]) AS p (ref_id, event)
    WHERE w.ref_id = p.ref_id AND w.event = p.event`;
}
