import { DeliverPolicy } from '@nats-io/jetstream';
import { MalformedMessage, type OrderEvent, type OrderEventName, orderEvent, STREAMS } from 'seckill-core';
import { readToEnd } from '../servers/read-to-end.ts';
import type { AuditContext } from './audit-context.ts';

/** Orders of the sale for which the event is stored. */
export async function readAnnounced(context: AuditContext, event: OrderEventName): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const each of readEvents(context, event, { after: 0 })) ids.add(each.event.orderId);
  return ids;
}

/** The sale's events in the order of the stream, `*`: of every name. What is no event is passed over, as listeners do. */
export async function* readEvents(
  { nc, sale }: Pick<AuditContext, 'nc' | 'sale'>,
  name: OrderEventName | '*',
  { after, upTo = Number.POSITIVE_INFINITY }: { after: number; upTo?: number },
): AsyncGenerator<{ seq: number; event: OrderEvent }> {
  if (after >= upTo) return;
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 } as const;
  const subject = `seckill.order.${name}.${sale.id}`;
  for await (const { seq, data } of readToEnd(nc, { stream: STREAMS.orders.name, subject, start })) {
    if (seq > upTo) return;
    const event = decode(data);
    if (event !== undefined) yield { seq, event };
  }
}

function decode(data: Uint8Array): OrderEvent | undefined {
  try {
    return orderEvent.decode(data);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return undefined;
  }
}
