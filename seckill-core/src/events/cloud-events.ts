import { type TObject, type TProperties, Type } from 'typebox';
import { ItemId, OrderId, PaymentId, ProviderName, SaleId } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { RefundReason } from '../domain/refund.ts';
import { UserId } from '../domain/user-id.ts';
import { MalformedMessage, parseMessage, reader } from './define-event.ts';
import {
  ORDER_CHANGES,
  ORDER_EVENTS,
  type OrderChange,
  type OrderEvent,
  type OrderEventName,
  orderEvent,
} from './order-event.ts';

const NAME = 'order event';

const Reason = Type.String({ description: 'why: a word for programs, or what a payment provider says' });

const content = {
  orderId: { ...OrderId, description: 'the order, and the reservation that it was made from' },
  saleId: { ...SaleId, description: 'the sale' },
  itemId: { ...ItemId, description: 'the item of the sale' },
  userId: { ...UserId, description: 'the buyer: `sub` of the access token' },
  quantity: Type.Integer({ minimum: 1, description: 'units of the item' }),
  amountCents: Type.Integer({ minimum: 0, description: "the order's amount, in the currency's minor unit" }),
  currency: Type.String({ description: 'ISO 4217' }),
  reason: Type.Optional(Reason),
};

/** The schema's own check of a time takes 2 µs; {@link msOf} fails too. */
const Time = Type.String({ description: 'RFC 3339, UTC' });

/** The CloudEvents type, with its version. */
export const typeOfOrderEvent = (event: OrderEventName): string => `seckill.order.${event}.v1`;
const NAMES: ReadonlyMap<string, OrderEventName> = new Map(ORDER_EVENTS.map((name) => [typeOfOrderEvent(name), name]));

const RefundSchema = Type.Object({
  refundId: Type.String({ pattern: UUID_PATTERN, description: 'the refund' }),
  amountCents: Type.Integer({ minimum: 0, description: "what went back, or was to go back, in the currency's minor unit" }),
  reason: { ...RefundReason, description: 'why the money goes back' },
  returnUnits: Type.Optional(
    Type.Boolean({
      description: "of an operator's: the order's units go back to sale once all of its money has gone back",
    }),
  ),
  insteadOf: Type.Optional(
    Type.String({ pattern: UUID_PATTERN, description: 'the refund whose place it took, because that one was refused' }),
  ),
  settledOutside: Type.Optional(
    Type.Literal(true, { description: 'the provider had refused it, and an operator has settled it elsewhere' }),
  ),
});
const PaymentSchema = Type.Object({ paymentId: { ...PaymentId, description: 'the payment' }, provider: ProviderName });

const envelope = {
  specversion: Type.Literal('1.0'),
  id: Type.String({
    description:
      'unique in its source, and the same in every copy: `<event>:<order id>`, and `:<refund id>` or `:<payment id>` for an event that each of them may have',
  }),
  source: Type.String({ description: '`/seckill/sales/<sale id>`' }),
  subject: { ...OrderId, description: 'the order' },
  time: { ...Time, description: 'when it happened, RFC 3339, UTC' },
  datacontenttype: Type.Literal('application/json'),
};
const always = {
  ...content,
  reservedAt: { ...Time, description: 'when the buyer won the units, RFC 3339, UTC' },
  version: Type.Integer({
    minimum: 0,
    description: "the order's version after the change; of an event that changes no order, its version at that time",
  }),
};
const PayBy = { ...Time, description: 'when the order is cancelled unless it is paid, RFC 3339, UTC' };

/** An order event in the form of CloudEvents 1.0. */
const CloudEvent = Type.Object({
  ...envelope,
  type: Type.Enum([...NAMES.keys()]),
  data: Type.Object({
    ...always,
    payBy: Type.Optional(PayBy),
    payment: Type.Optional(PaymentSchema),
    refund: Type.Optional(RefundSchema),
  }),
});

/** What the data of each event has beside what all have. */
const { reason: optionalReason, ...alwaysThere } = always;
const ofOrder = { ...alwaysThere, payBy: PayBy };
const DATA = {
  created: ofOrder,
  paid: ofOrder,
  cancelled: { ...ofOrder, reason: Reason },
  rejected: { ...alwaysThere, reason: Reason },
  refunded: { ...ofOrder, reason: Reason, refund: Type.Optional(RefundSchema) },
  'partly-refunded': { ...ofOrder, reason: Reason, refund: RefundSchema },
  'refund-refused': { ...ofOrder, reason: optionalReason, refund: RefundSchema },
  'payment-begun': { ...ofOrder, payment: PaymentSchema },
  'payment-failed': { ...ofOrder, payment: PaymentSchema, reason: optionalReason },
  'refund-accepted': { ...ofOrder, payment: PaymentSchema, refund: RefundSchema, reason: Reason },
} as const satisfies Record<OrderEventName, TProperties>;

/** The schema of one event, as it is written: stricter than the one that reads. */
export const orderEventSchema = (event: OrderEventName): TObject =>
  Type.Object({ ...envelope, type: Type.Literal(typeOfOrderEvent(event)), data: Type.Object(DATA[event]) });

/** How versions before CloudEvents stored an event, one in a message. The stream keeps such messages for 30 days. */
const EarlierEvent = Type.Object({
  ...content,
  event: Type.Enum(ORDER_CHANGES),
  reservedAt: Type.Integer({ description: 'ms' }),
  at: Type.Integer({ description: "ms, PostgreSQL's clock" }),
  payBy: Type.Integer({ description: 'ms; 0 if no order was made' }),
});
/** That form had no version, and each change of an order adds one. */
const EARLIER_VERSION = { created: 0, paid: 1, cancelled: 1, rejected: 0, refunded: 2 } as const satisfies Record<
  OrderChange,
  number
>;

const readCloudEvent = reader(NAME, CloudEvent);
const readEarlier = reader(NAME, EarlierEvent);

/** The orders of a batch share most times, so each field remembers its last one. */
function rememberLast<From, To>(convert: (from: From) => To): (from: From) => To {
  let last: { from: From; to: To } | undefined;
  return (from) => {
    if (last === undefined || last.from !== from) last = { from, to: convert(from) };
    return last.to;
  };
}

/** ISO 8601 in UTC. */
const isoOf = (ms: number): string => new Date(ms).toISOString();
const [happened, reserved, due] = [rememberLast(isoOf), rememberLast(isoOf), rememberLast(isoOf)];

/** The reverse of {@link isoOf}. Throws {@link MalformedMessage}. */
function msOf(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new MalformedMessage(`Not an ${NAME}: a time is none.`);
  return ms;
}
const [happenedAt, reservedAt, dueAt] = [rememberLast(msOf), rememberLast(msOf), rememberLast(msOf)];

const json = JSON.stringify;

/**
 * The JSON of one event; a message is an array of them. Written out, because JSON.stringify takes twice as long: each order pays for two events. Only
 * texts that may hold any character are quoted by it.
 */
export function encodeOrderEvent(event: OrderEvent): string {
  const {
    event: name,
    orderId,
    saleId,
    itemId,
    userId,
    quantity,
    amountCents,
    currency,
    payBy,
    version,
    reason,
    payment,
    refund,
  } = event;
  return (
    `{"specversion":"1.0","id":"${orderEvent.id(event)}","source":"/seckill/sales/${saleId}","type":"${typeOfOrderEvent(name)}",` +
    `"subject":"${orderId}","time":"${happened(event.at)}","datacontenttype":"application/json",` +
    `"data":{"orderId":"${orderId}","saleId":"${saleId}","itemId":"${itemId}","userId":${json(userId)},"quantity":${quantity},` +
    `"amountCents":${amountCents},"currency":${json(currency)},"reservedAt":"${reserved(event.reservedAt)}",` +
    `${payBy === 0 ? '' : `"payBy":"${due(payBy)}",`}"version":${version}${reason === undefined ? '' : `,"reason":${json(reason)}`}` +
    `${payment === undefined ? '' : `,"payment":${json(payment)}`}` +
    `${refund === undefined ? '' : `,"refund":${json(refund)}`}}}`
  );
}

/** What a message of SECKILL_ORDERS holds. One event that cannot be read does not hide the others. */
export interface OrderEventMessage {
  events: OrderEvent[];
  faults: MalformedMessage[];
}

/** Reads a message of order events, also in the form of earlier versions. */
export function decodeOrderEvents(data: Uint8Array): OrderEventMessage {
  const message: OrderEventMessage = { events: [], faults: [] };
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      message.faults.push(error);
    }
  };
  attempt(() => {
    const value = parseMessage(NAME, data);
    if (!Array.isArray(value)) message.events.push(fromEarlier(value));
    else for (const each of value) attempt(() => message.events.push(fromCloudEvent(each)));
  });
  return message;
}

/** The ids of a message's events, without a check of anything else; none if it isn't JSON. For searches in a stream. */
export function orderEventIds(data: Uint8Array): string[] {
  try {
    const value = parseMessage(NAME, data);
    return Array.isArray(value) ? value.map((each) => String(each?.id)) : [orderEvent.id((value ?? {}) as OrderEvent)];
  } catch (error) {
    if (error instanceof MalformedMessage) return [];
    throw error;
  }
}

/** Field by field: rest and spread take twice as long as parsing the JSON. */
function fromCloudEvent(value: unknown): OrderEvent {
  const { type, time, data } = readCloudEvent(value);
  const event: OrderEvent = {
    event: NAMES.get(type) as OrderEventName,
    orderId: data.orderId,
    saleId: data.saleId,
    itemId: data.itemId,
    userId: data.userId,
    quantity: data.quantity,
    amountCents: data.amountCents,
    currency: data.currency,
    reservedAt: reservedAt(data.reservedAt),
    at: happenedAt(time),
    payBy: data.payBy === undefined ? 0 : dueAt(data.payBy),
    version: data.version,
  };
  if (data.reason !== undefined) event.reason = data.reason;
  if (data.payment !== undefined) event.payment = data.payment;
  if (data.refund !== undefined) event.refund = data.refund;
  return event;
}

function fromEarlier(value: unknown): OrderEvent {
  const event = readEarlier(value);
  return { ...event, version: EARLIER_VERSION[event.event] };
}
