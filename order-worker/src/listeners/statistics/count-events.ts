import { ORDER_CHANGES, type OrderChange, type OrderEvent, type OrderEventName } from 'seckill-core';

export type EventCounts = Record<OrderChange, number>;

export const eventCounts = (of: (name: OrderChange) => number): EventCounts =>
  Object.fromEntries(ORDER_CHANGES.map((name) => [name, of(name)])) as EventCounts;

/** What the statistics say of a sale. */
export interface SaleCounts {
  events: EventCounts;
  /** By currency, in its minor unit. */
  revenue: Record<string, number>;
}

export const noCounts = (): SaleCounts => ({ events: eventCounts(() => 0), revenue: {} });

export function countEvent(counts: SaleCounts, event: OrderEvent): void {
  countEvents(counts, event.event, 1);
  if (WITH_MONEY.has(event.event)) addRevenue(counts, event);
}

/** Counts events of one name, if that name is a change of an order. */
export function countEvents({ events }: SaleCounts, name: OrderEventName, count: number): void {
  if (isChange(name)) events[name] += count;
}

const isChange = (name: OrderEventName): name is OrderChange => ORDER_CHANGES.some((each) => each === name);

/** The events that {@link addRevenue} has to see. */
export const WITH_MONEY: ReadonlySet<OrderEventName> = new Set(['paid', 'partly-refunded', 'refunded']);

/** Adds the amount of a paid order, and takes off what an operator gave back of it. Money that no order kept was never counted. */
export function addRevenue({ revenue }: SaleCounts, { event, amountCents, currency, refund }: OrderEvent): void {
  const givenBack = refund?.reason === 'operator' ? refund.amountCents : 0;
  const cents = event === 'paid' ? amountCents : -givenBack;
  if (cents !== 0) revenue[currency] = (revenue[currency] ?? 0) + cents;
}
