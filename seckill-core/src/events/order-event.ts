export const ORDER_EVENTS = ['created', 'paid', 'cancelled', 'rejected', 'refunded'] as const;
export type OrderEventName = (typeof ORDER_EVENTS)[number];

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
  /** Goes with cancelled, rejected and refunded. */
  reason?: string;
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
  id: ({ event, orderId }: Pick<OrderEvent, 'event' | 'orderId'>) => `${event}:${orderId}`,
};
