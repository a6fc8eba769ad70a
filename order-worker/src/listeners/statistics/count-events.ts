import { ORDER_EVENTS, type OrderEvent, type OrderEventName } from 'seckill-core';

/** What the statistics say of a sale. */
export interface SaleCounts {
  events: Record<OrderEventName, number>;
  /** By currency, in its minor unit. */
  revenue: Record<string, number>;
}

export const noCounts = (): SaleCounts => ({
  events: Object.fromEntries(ORDER_EVENTS.map((name) => [name, 0])) as SaleCounts['events'],
  revenue: {},
});

export function countEvent({ events, revenue }: SaleCounts, { event, amountCents, currency }: OrderEvent): void {
  events[event] += 1;
  if (event === 'paid') revenue[currency] = (revenue[currency] ?? 0) + amountCents;
}
