import {
  ORDER_EVENTS,
  type OrderChange,
  type OrderEvent,
  type OrderNotice,
  type PaymentOfEvent,
  type RefundOfEvent,
} from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { beforeRefund, type OrderState } from '../orders/order-state.ts';
import { readOrderStates } from '../orders/order-states.ts';
import { changeOf, eventOf } from '../orders/publish-order-events.ts';
import { refundEventOf } from '../payments/refunds/announce-refunds.ts';
import { readRefunds } from '../payments/refunds/settle-refunds.ts';
import { loadStatement } from '../servers/statement.ts';

const changedStatement = loadStatement(import.meta.url, 'changed-since');
const noticesStatement = loadStatement(import.meta.url, 'read-notices');

/** Orders and rejections that one page reads. All events of those that changed within the time are in memory together. */
const PAGE = 2_000;
const BEFORE_EVERY_ORDER = '00000000-0000-0000-0000-000000000000';

type Database = Pick<PrismaClient, '$queryRawUnsafe'>;

/** Reads events of some orders, which `orders` has as they are. Add one here for facts that are kept beside the order. */
type EventReader = (prisma: Database, orderIds: readonly string[], orders: readonly OrderState[]) => Promise<OrderEvent[]>;
const READERS: readonly EventReader[] = [readRefundEvents, readNotices];

export interface TablePage {
  /** Order by order; those of one order in the order in which they happened. */
  events: OrderEvent[];
  /** The last order that was read; undefined if there is none after it. */
  last: string | undefined;
}

/** Rebuilds the events of the next orders after one, with the ids and data that they have in the stream. `since` and `until` in ms. */
export async function readTables(
  prisma: Database,
  { after, since, until }: { after: string; since: number; until: number },
  saleId?: string,
): Promise<TablePage> {
  const page = await prisma.$queryRawUnsafe<{ orderId: string; wanted: boolean }[]>(
    changedStatement,
    after || BEFORE_EVERY_ORDER,
    PAGE,
    since,
    until,
    saleId ?? null,
  );
  const orderIds = page.filter(({ wanted }) => wanted).map(({ orderId }) => orderId);
  const events = (orderIds.length === 0 ? [] : await readAll(prisma, orderIds))
    .filter(({ at }) => at >= since && at < until)
    .sort(inOrder);
  return { events, last: page.length < PAGE ? undefined : page.at(-1)?.orderId };
}

async function readAll(prisma: Database, orderIds: readonly string[]): Promise<OrderEvent[]> {
  const orders = await readOrderStates(prisma, orderIds);
  const changes = orders.flatMap((order) => changesOf(order).map((name) => changeOf(name, order)));
  const others = await Promise.all(READERS.map((reader) => reader(prisma, orderIds, orders)));
  return [...changes, ...others.flat()];
}

function changesOf(order: OrderState): OrderChange[] {
  switch (order.status) {
    case 'REJECTED':
      return ['rejected'];
    case 'PENDING_PAYMENT':
      return ['created'];
    case 'PAID':
      return ['created', 'paid'];
    case 'CANCELLED':
      return ['created', 'cancelled'];
    case 'REFUNDED':
      return ['created', beforeRefund(order), 'refunded'];
  }
}

async function readRefundEvents(prisma: Database, orderIds: readonly string[]): Promise<OrderEvent[]> {
  const rows = await prisma.$queryRawUnsafe<{ id: string }[]>(
    `SELECT id::text FROM refunds
     WHERE order_id = ANY ($1::uuid[]) AND (done_event = 'partly-refunded' OR refused_version IS NOT NULL)`,
    orderIds,
  );
  if (rows.length === 0) return [];
  const refunds = await readRefunds(
    prisma,
    rows.map(({ id }) => id),
  );
  return refunds.flatMap((refund) => [
    ...(refund.refusedVersion === null ? [] : [refundEventOf('refund-refused', refund)]),
    ...(refund.doneEvent === 'partly-refunded' ? [refundEventOf('partly-refunded', refund)] : []),
  ]);
}

interface Notice {
  event: OrderNotice;
  orderId: string;
  version: number;
  at: number;
  reason: string | null;
  payment: PaymentOfEvent;
  refund: RefundOfEvent | null;
}

async function readNotices(prisma: Database, orderIds: readonly string[], orders: readonly OrderState[]): Promise<OrderEvent[]> {
  const notices = await prisma.$queryRawUnsafe<Notice[]>(noticesStatement, orderIds);
  const orderOf = new Map(orders.map((order) => [order.orderId, order]));
  return notices.flatMap(({ event, orderId, version, at, reason, payment, refund }) => {
    const order = orderOf.get(orderId);
    if (order === undefined) return [];
    return [eventOf(event, order, { version, at, payment, reason: reason ?? undefined, refund: refund ?? undefined })];
  });
}

/** Versions order the events of an order. A refusal leaves an unpaid order at the version of its creation. */
function inOrder(a: OrderEvent, b: OrderEvent): number {
  if (a.orderId !== b.orderId) return a.orderId < b.orderId ? -1 : 1;
  return a.version - b.version || a.at - b.at || ORDER_EVENTS.indexOf(a.event) - ORDER_EVENTS.indexOf(b.event);
}
