import type { CountedEventName, RefundEventName } from 'seckill-core';
import type { EventCounts } from '../../../listeners/statistics/count-events.ts';
import { type ItemBooks, sum } from '../../evidence/books.ts';
import { countStored, withoutRepeated } from '../../evidence/order-events.ts';
import type { Check } from '../check.ts';
import { type CountsFinding, eventsAreKept, followCounts } from '../follow-counts.ts';
import { explainEvents } from './explain-events.ts';
import { readRefundChanges } from './refund-events.ts';

/** The events in the stream against the orders, rejections and refunds in PostgreSQL. */
export const events: Check<CountsFinding> = {
  key: 'events',
  name: 'Every change of an order was published as exactly one event',
  appliesTo: eventsAreKept,
  inspect: async (context, before) => {
    const stored = await countStored(context);
    const changes = { ...countChanges(await context.books.readNow()), ...countRefunds(await readRefundChanges(context)) };
    const counts = await withoutRepeated<CountedEventName>(context, stored, changes);
    return followCounts({ counts, noun: 'events' }, { counts: changes, noun: 'orders' }, before);
  },
  explain: (context, { differing }) => explainEvents(context, differing),
};

function countChanges(books: readonly ItemBooks[]): EventCounts {
  const refunded = sum(books, (item) => item.refunded);
  const cancelled = sum(books, (item) => item.cancelled + item.refunded - item.refundedPaid);
  const paid = sum(books, (item) => item.paid + item.refundedPaid);
  const created = sum(books, (item) => item.pending) + paid + cancelled;
  return { created, paid, cancelled, rejected: sum(books, (item) => item.rejected), refunded };
}

function countRefunds(changes: readonly { name: RefundEventName }[]): Record<RefundEventName, number> {
  const count = (name: RefundEventName) => changes.filter((change) => change.name === name).length;
  return { 'partly-refunded': count('partly-refunded'), 'refund-refused': count('refund-refused') };
}
