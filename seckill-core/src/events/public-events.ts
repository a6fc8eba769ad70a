import type { TObject } from 'typebox';
import { encodeOrderEvent, orderEventSchema } from './cloud-events.ts';
import { ORDER_EVENTS, type OrderEvent, type OrderEventName, orderEvent } from './order-event.ts';
import {
  encodeSaleEvent,
  SALE_EVENTS,
  type SaleEvent,
  type SaleEventName,
  type SaleOfEvent,
  saleEvent,
  saleEventSchema,
} from './sale-event.ts';

/** An event that programs outside the platform may rely on. docs/events.md is the promise. */
export interface PublicEvent {
  /** `order.paid`: what a subscription names. */
  name: `order.${OrderEventName}` | `sale.${SaleEventName}`;
  /** The CloudEvents type, with its version. */
  type: string;
  /** The subject, with `{saleId}`. */
  address: string;
  title: string;
  /** When it happens, in sentences for people. */
  happens: string;
  /** Of one CloudEvent. A message is an array of them. */
  schema: TObject;
  example: Readonly<Record<string, unknown>>;
}

const SALE_ID = '019acb00-0000-7000-8000-0000000000a1';
const ORDER_ID = '019acb12-4000-7abc-8def-000000000001';
const PAYMENT_ID = '019acb12-9000-7abc-8def-00000000a001';
const REFUND_ID = '019acb20-0000-7abc-8def-00000000b001';
const AT = Date.UTC(2026, 10, 29, 12, 0, 3, 250);
const payment = { paymentId: PAYMENT_ID, provider: 'stripe' };

type Words = Pick<PublicEvent, 'title' | 'happens'>;
type Shown = Words & Partial<OrderEvent>;

const ORDERS: Readonly<Record<OrderEventName, Shown>> = {
  created: { title: 'Order made', happens: 'A win became an order, which waits for payment until `payBy`.' },
  paid: {
    title: 'Order paid',
    happens: 'The money has come, in time and exactly. An order of amount 0 is paid as it is made.',
    version: 1,
  },
  cancelled: {
    title: 'Order cancelled',
    happens: 'It was not paid in time (reason `unpaid`), or its buyer cancelled it (`buyer`). Its units are on sale again.',
    version: 1,
    reason: 'unpaid',
  },
  rejected: {
    title: 'Win rejected',
    happens: 'A win could not become an order, because its units or its item are not there. There is no order.',
    payBy: 0,
    reason: 'SOLD_OUT',
  },
  refunded: {
    title: 'Order refunded',
    happens: 'All money of the order has gone back. `refund` is the one that completed it.',
    version: 2,
    reason: 'operator',
    refund: { refundId: REFUND_ID, amountCents: 4_950, reason: 'operator', returnUnits: true },
  },
  'partly-refunded': {
    title: 'Part of the money went back',
    happens: "A part of a paid order's money has gone back. The order stays PAID.",
    version: 2,
    reason: 'operator',
    refund: { refundId: REFUND_ID, amountCents: 500, reason: 'operator', returnUnits: false },
  },
  'refund-refused': {
    title: 'Refund refused',
    happens: 'The payment provider refused to give money back. An operator retries the refund, or settles it elsewhere.',
    version: 2,
    reason: 'The account is closed.',
    refund: { refundId: REFUND_ID, amountCents: 500, reason: 'operator', returnUnits: false },
  },
  'payment-begun': {
    title: 'Payment begun',
    happens:
      'A buyer has begun to pay. An order can have several payments: another one after a decline, or with another provider.',
    payment,
  },
  'payment-failed': {
    title: 'Payment failed',
    happens:
      'The provider declined a payment. Once for each payment; the buyer can begin another, and the same one can still succeed.',
    payment,
    reason: 'The card has expired.',
  },
  'refund-accepted': {
    title: 'Refund accepted',
    happens:
      'The platform has decided to give money back: an operator asked for it, or the money came too late, twice, in a wrong amount or from a wrong payer. It has not gone back yet.',
    version: 1,
    payment,
    reason: 'operator',
    refund: { refundId: REFUND_ID, amountCents: 500, reason: 'operator', returnUnits: false },
  },
};

const SALES: Readonly<Record<SaleEventName, Words>> = {
  published: { title: 'Sale published', happens: 'An operator published a sale. Buyers see it from now on.' },
  changed: { title: 'Sale changed', happens: 'An operator changed a published sale, such as the stock of an item.' },
  paused: { title: 'Sale paused', happens: 'An operator paused a sale. No unit can be won until it is resumed.' },
  resumed: { title: 'Sale resumed', happens: 'An operator resumed a paused sale.' },
  closed: { title: 'Sale closed', happens: 'An operator closed a sale before its end. Existing orders run their course.' },
  'sold-out': {
    title: 'Item sold out',
    happens:
      'The last unit of an item was won. Units come back when orders are cancelled; at most one event of an item in two seconds.',
  },
  restocked: { title: 'Item restocked', happens: 'A sold-out item has units again.' },
};

function ofOrder(name: OrderEventName): PublicEvent {
  const { title, happens, ...shown } = ORDERS[name];
  const event: OrderEvent = {
    event: name,
    orderId: ORDER_ID,
    saleId: SALE_ID,
    itemId: '000001',
    userId: 'ann',
    quantity: 1,
    amountCents: 4_950,
    currency: 'EUR',
    reservedAt: AT - 1_000,
    at: AT,
    payBy: AT + 600_000,
    version: 0,
    ...shown,
  };
  const address = orderEvent.subject({ event: name, saleId: '{saleId}' });
  return publicEvent({ name: `order.${name}`, address, title, happens, schema: orderEventSchema(name) }, encodeOrderEvent(event));
}

const ITEM = { itemId: '000001', title: 'Headphones', priceCents: 4_950, currency: 'EUR', stock: 100, limitPerUser: 1 };
const SALE: SaleOfEvent = {
  saleId: SALE_ID,
  version: 3,
  title: 'Autumn sale',
  startsAt: '2026-11-29T12:00:00.000Z',
  endsAt: '2026-11-29T13:00:00.000Z',
  payTimeoutSeconds: 600,
  items: [ITEM],
};

function ofSale(name: SaleEventName): PublicEvent {
  const ofItem = name === 'sold-out' || name === 'restocked';
  const id = ofItem ? `${name}:${SALE_ID}:${ITEM.itemId}:1` : `${name}:${SALE_ID}:${SALE.version}`;
  const event: SaleEvent = { event: name, id, at: AT, sale: ofItem ? { ...SALE, itemId: ITEM.itemId } : SALE };
  const address = saleEvent.subject({ event: name, saleId: '{saleId}' });
  return publicEvent({ name: `sale.${name}`, address, ...SALES[name], schema: saleEventSchema(name) }, encodeSaleEvent(event));
}

function publicEvent(about: Omit<PublicEvent, 'type' | 'example'>, example: string): PublicEvent {
  const shown = JSON.parse(example) as PublicEvent['example'];
  return { ...about, type: String(shown.type), example: shown };
}

/** Every event of SECKILL_ORDERS, for documents, pages and subscriptions. */
export const PUBLIC_EVENTS: readonly PublicEvent[] = [...ORDER_EVENTS.map(ofOrder), ...SALE_EVENTS.map(ofSale)];
