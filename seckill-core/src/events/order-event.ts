import type { RefundReason } from '../domain/refund.ts';

/** The changes of an order, each of which happens at most once. */
export const ORDER_CHANGES = ['created', 'paid', 'cancelled', 'rejected', 'refunded'] as const;
export type OrderChange = (typeof ORDER_CHANGES)[number];

/** What may happen to each refund of an order: a part of a PAID order's money went back, or the provider refused to give it back. */
const REFUND_EVENTS = ['partly-refunded', 'refund-refused'] as const;
export type RefundEventName = (typeof REFUND_EVENTS)[number];

/** What happens to an order's payments and refunds, and leaves the order and its version as they are. Each payment or refund may have one of each. */
const ORDER_NOTICES = ['payment-begun', 'payment-failed', 'refund-accepted'] as const;
export type OrderNotice = (typeof ORDER_NOTICES)[number];

export const ORDER_EVENTS = [...ORDER_CHANGES, ...REFUND_EVENTS, ...ORDER_NOTICES] as const;
export type OrderEventName = (typeof ORDER_EVENTS)[number];
/** Those that follow from the rows of orders and refunds alone, so that the audit can count them. */
export type CountedEventName = Exclude<OrderEventName, OrderNotice>;

/** The payment that an event is about. */
export interface PaymentOfEvent {
  paymentId: string;
  provider: string;
}

/** The refund that an event is about. */
export interface RefundOfEvent {
  refundId: string;
  /** What went back, or was to go back, in the currency's minor unit. */
  amountCents: number;
  reason: RefundReason;
  /** Of an operator's: the order's units go back to sale once all of its money has gone back. */
  returnUnits?: boolean;
  /** The refund whose place it took, because that one was refused. */
  insteadOf?: string;
  /** Its provider had refused it, and an operator has settled it elsewhere, such as by bank transfer. */
  settledOutside?: true;
}

/** A fact of an order's life, for every listener. Times in ms. cloud-events.ts has the form in which it is stored. */
export interface OrderEvent {
  event: OrderEventName;
  orderId: string;
  saleId: string;
  itemId: string;
  userId: string;
  quantity: number;
  amountCents: number;
  currency: string;
  reservedAt: number;
  /** When it happened, on PostgreSQL's clock. */
  at: number;
  /** 0 if no order was made. */
  payBy: number;
  /** The order's version after the change. 0 for a new order, and for a rejection. */
  version: number;
  /** Goes with cancelled, rejected and the events of refunds, and with payment-failed if the provider gave one. */
  reason?: string;
  /** Goes with payment-begun, payment-failed and refund-accepted. */
  payment?: PaymentOfEvent;
  /** Goes with refund-accepted, partly-refunded and refund-refused, and with refunded unless an earlier version wrote it: the refund that completed it. */
  refund?: RefundOfEvent;
}

export const orderEvent = {
  subjects: 'seckill.order.*.*',
  /** `*` stands for every event of the sale. */
  subject: ({ event, saleId }: { event: OrderEventName | '*'; saleId: string }) => `seckill.order.${event}.${saleId}`,
  /** The reverse of `subject`. Returns undefined for a name that this version does not know. */
  ofSubject: (subject: string): { event: OrderEventName; saleId: string } | undefined => {
    const [, , name, saleId = ''] = subject.split('.');
    const event = ORDER_EVENTS.find((each) => each === name);
    return event === undefined ? undefined : { event, saleId };
  },
  /** The same however often the event is published. */
  id: (about: Pick<OrderEvent, 'event' | 'orderId' | 'refund' | 'payment'>) => {
    const part = partOf(about);
    return part === undefined ? `${about.event}:${about.orderId}` : `${about.event}:${about.orderId}:${part}`;
  },
};

/** The refund or payment of an event that each of them may have. */
function partOf({ event, refund, payment }: Pick<OrderEvent, 'event' | 'refund' | 'payment'>): string | undefined {
  if (isRefundEvent(event) || event === 'refund-accepted') return refund?.refundId;
  return event === 'payment-begun' || event === 'payment-failed' ? payment?.paymentId : undefined;
}

export const isRefundEvent = (event: OrderEventName): event is RefundEventName => REFUND_EVENTS.some((each) => each === event);
