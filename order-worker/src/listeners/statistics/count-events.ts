import { ORDER_EVENTS, type OrderEvent, type OrderEventName } from 'seckill-core';

export type EventCounts = Record<OrderEventName, number>;

export const eventCounts = (of: (name: OrderEventName) => number): EventCounts =>
  Object.fromEntries(ORDER_EVENTS.map((name) => [name, of(name)])) as EventCounts;

/** What the statistics say of a sale. */
export interface SaleCounts {
  events: EventCounts;
  /** By currency, in its minor unit. */
  revenue: Record<string, number>;
}

export const noCounts = (): SaleCounts => ({ events: eventCounts(() => 0), revenue: {} });

export function countEvent(counts: SaleCounts, event: OrderEvent): void {
  counts.events[event.event] += 1;
  if (event.event === 'paid') addRevenue(counts, event);
}

/** Adds the amount of a paid order. */
export function addRevenue({ revenue }: SaleCounts, { amountCents, currency }: OrderEvent): void {
  revenue[currency] = (revenue[currency] ?? 0) + amountCents;
}
