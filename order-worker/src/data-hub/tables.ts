import { type OrderEvent, orderEvent } from 'seckill-core';
import { STATUS_AFTER } from '../orders/status-after.ts';

type Value = string | number | Date | undefined;
type Kind = 'STRING' | 'INT32' | 'INT64' | 'TIMESTAMP';

/** A column of a file. Money is an integer in the currency's minor unit, times are in UTC. */
export interface Column<Row> {
  name: string;
  type: Kind;
  of: (row: Row) => Value;
}

/** What is written of a batch: `events`, or `orders`. */
export interface Table<Row> {
  name: string;
  columns: readonly Column<Row>[];
  /** The rows of a batch, each once. */
  rows(events: readonly OrderEvent[]): Row[];
  /** Names the day whose folder a row belongs to, ms. */
  dayOf: (row: Row) => number;
}

const time = (ms: number | undefined): Date | undefined => (ms === undefined || ms === 0 ? undefined : new Date(ms));

const ofOrder: readonly Column<OrderEvent>[] = [
  { name: 'order_id', type: 'STRING', of: ({ orderId }) => orderId },
  { name: 'version', type: 'INT32', of: ({ version }) => version },
  { name: 'sale_id', type: 'STRING', of: ({ saleId }) => saleId },
  { name: 'item_id', type: 'STRING', of: ({ itemId }) => itemId },
  { name: 'user_id', type: 'STRING', of: ({ userId }) => userId },
  { name: 'quantity', type: 'INT32', of: ({ quantity }) => quantity },
  { name: 'amount_minor', type: 'INT64', of: ({ amountCents }) => amountCents },
  { name: 'currency', type: 'STRING', of: ({ currency }) => currency },
  { name: 'reserved_at', type: 'TIMESTAMP', of: ({ reservedAt }) => time(reservedAt) },
  { name: 'pay_by', type: 'TIMESTAMP', of: ({ payBy }) => time(payBy) },
  { name: 'reason', type: 'STRING', of: ({ reason }) => reason },
];

/** One row for each event, in the folder of the day on which it happened. */
export const eventsTable: Table<OrderEvent> = {
  name: 'events',
  columns: [
    { name: 'id', type: 'STRING', of: orderEvent.id },
    { name: 'type', type: 'STRING', of: ({ event }) => event },
    { name: 'time', type: 'TIMESTAMP', of: ({ at }) => time(at) },
    ...ofOrder,
    { name: 'payment_id', type: 'STRING', of: ({ payment }) => payment?.paymentId },
    { name: 'provider', type: 'STRING', of: ({ payment }) => payment?.provider },
    { name: 'refund_id', type: 'STRING', of: ({ refund }) => refund?.refundId },
    { name: 'refund_minor', type: 'INT64', of: ({ refund }) => refund?.amountCents },
    { name: 'refund_reason', type: 'STRING', of: ({ refund }) => refund?.reason },
  ],
  rows: (events) => [...new Map(events.map((event) => [orderEvent.id(event), event])).values()],
  dayOf: ({ at }) => at,
};

const statusOf = ({ event }: OrderEvent): string | undefined => (event === 'rejected' ? 'REJECTED' : STATUS_AFTER.get(event));

/** One row for each order that a batch changed, with its newest status, in the folder of the day on which it was won. The highest version counts. */
export const ordersTable: Table<OrderEvent> = {
  name: 'orders',
  columns: [
    { name: 'status', type: 'STRING', of: statusOf },
    { name: 'changed_at', type: 'TIMESTAMP', of: ({ at }) => time(at) },
    ...ofOrder,
  ],
  rows(events) {
    const newest = new Map<string, OrderEvent>();
    for (const event of events) {
      if (statusOf(event) === undefined) continue;
      const known = newest.get(event.orderId);
      if (known === undefined || known.version < event.version) newest.set(event.orderId, event);
    }
    return [...newest.values()];
  },
  dayOf: ({ reservedAt }) => reservedAt,
};

/** A row in JSON, by the names of its columns. Times in ISO 8601. */
export const jsonOf = ({ columns }: Table<OrderEvent>, row: OrderEvent): string =>
  JSON.stringify(Object.fromEntries(columns.map(({ name, of }) => [name, of(row)])));
