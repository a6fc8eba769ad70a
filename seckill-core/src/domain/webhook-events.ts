/**
 * What a webhook endpoint can ask for. The names are those of ORDER_EVENTS and SALE_EVENTS; a test holds them together. No imports: browsers load it as
 * `seckill-core/webhook-events`.
 */
export const WEBHOOK_EVENTS = [
  'order.created',
  'order.paid',
  'order.cancelled',
  'order.rejected',
  'order.refunded',
  'order.partly-refunded',
  'order.refund-refused',
  'order.payment-begun',
  'order.payment-failed',
  'order.refund-accepted',
  'sale.published',
  'sale.changed',
  'sale.paused',
  'sale.resumed',
  'sale.closed',
  'sale.sold-out',
  'sale.restocked',
] as const;

/** Patterns that stand for several events, those of later versions too. */
export const WEBHOOK_WILDCARDS = ['*', 'order.*', 'sale.*'] as const;

/** Returns whether one of the patterns asks for this event, such as `order.paid`. */
export function wantsEvent(patterns: readonly string[], event: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === event || pattern === `${event.split('.')[0]}.*`);
}
