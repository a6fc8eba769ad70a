import { type RefundEventName, sendOrderEvents } from 'seckill-core';
import { refundEventOf } from '../../../payments/refunds/announce-refunds.ts';
import { readRefunds } from '../../../payments/refunds/settle-refunds.ts';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { readAnnouncedRefunds } from '../../evidence/order-events.ts';
import { type Drift, driftOfEach } from '../drift.ts';

const eventsStatement = loadStatement(import.meta.url, 'refund-events');

type Parts = Pick<AuditContext, 'nc' | 'prisma' | 'publisher' | 'sale'>;

interface RefundChange {
  refundId: string;
  orderId: string;
  name: RefundEventName;
  recent: boolean;
}

/** The changes of a sale's refunds, each of which has an event. */
export const readRefundChanges = ({ prisma, sale }: Pick<Parts, 'prisma' | 'sale'>): Promise<RefundChange[]> =>
  prisma.$queryRawUnsafe(eventsStatement, sale.id);

/** Finds the events of refunds that are missing, and those whose change PostgreSQL does not know. */
export async function explainRefundEvents(context: Parts, name: RefundEventName): Promise<Drift[]> {
  // The stream first: what was published by then was committed before.
  const announced = await readAnnouncedRefunds(context, name);
  const changes = (await readRefundChanges(context)).filter((change) => change.name === name);
  const known = new Set(changes.map(({ refundId }) => refundId));
  const missing = changes.filter(({ refundId, recent }) => !recent && !announced.has(refundId));
  const unknown = [...announced].filter(([refundId]) => !known.has(refundId));
  return [
    ...driftOfEach(missing, {
      id: ({ refundId }) => refundId,
      says: ({ refundId, orderId }) =>
        `Refund ${refundId} of order ${orderId} has done what a ${name} event reports, and none in SECKILL_ORDERS does.`,
      more: `More refunds without a ${name} event`,
      repair: (ids) => ({
        kind: 'event',
        writes: 'events',
        does: `publishes the ${name} event again, marked as a repeat.`,
        apply: () => publishAgain(context, name, ids),
      }),
    }),
    ...driftOfEach(unknown, {
      id: ([refundId]) => refundId,
      says: ([refundId, orderId]) =>
        `A ${name} event names refund ${refundId} of order ${orderId}, and PostgreSQL does not know of it.`,
      more: `More refunds of ${name} events that PostgreSQL does not know`,
      advice:
        'An older copy of PostgreSQL was restored, or the refund was deleted: --repair --restored brings it back from the streams.',
    }),
  ];
}

async function publishAgain(
  { prisma, publisher }: Parts,
  name: RefundEventName,
  refundIds: readonly string[],
): Promise<string[]> {
  const refunds = await readRefunds(prisma, refundIds);
  await sendOrderEvents(
    publisher,
    refunds.map((refund) => refundEventOf(name, refund)),
    { repeat: true },
  );
  return refunds.map(({ refundId }) => refundId);
}
