import { type CountedEventName, isRefundEvent, type OrderChange } from 'seckill-core';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { readAnnounced } from '../../evidence/order-events.ts';
import { type Drift, driftOfEach } from '../drift.ts';
import { publishAgain } from './publish-again.ts';
import { explainRefundEvents } from './refund-events.ts';

const changedStatement = loadStatement(import.meta.url, 'changed-orders');

/** The statuses that orders may have after the change that an event reports. */
const STATUSES: Readonly<Record<OrderChange, readonly string[]>> = {
  created: ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  paid: ['PAID', 'REFUNDED'],
  cancelled: ['CANCELLED', 'REFUNDED'],
  rejected: [],
  refunded: ['REFUNDED'],
};

type Parts = Pick<AuditContext, 'nc' | 'prisma' | 'publisher' | 'sale'>;

interface Changed {
  orderId: string;
  recent: boolean;
}

/** Finds the events that are missing, and those whose change PostgreSQL does not know. */
export async function explainEvents(context: Parts, names: readonly CountedEventName[]): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (const name of names) {
    if (isRefundEvent(name)) {
      drifts.push(...(await explainRefundEvents(context, name)));
      continue;
    }
    // The stream first: what was published by then was committed before.
    const announced = await readAnnounced(context, name);
    const changed = await readChanged(context, name);
    const known = new Set(changed.map(({ orderId }) => orderId));
    const missing = changed.filter(({ orderId, recent }) => !recent && !announced.has(orderId)).map(({ orderId }) => orderId);
    const unknown = [...announced].filter((orderId) => !known.has(orderId));
    drifts.push(...explainMissing(context, name, missing), ...explainUnknown(name, unknown));
  }
  return drifts;
}

const readChanged = ({ prisma, sale }: Parts, name: OrderChange): Promise<Changed[]> =>
  prisma.$queryRawUnsafe(changedStatement, sale.id, STATUSES[name], name);

const itself = (orderId: string): string => orderId;

const explainMissing = (context: Parts, name: OrderChange, missing: readonly string[]): Drift[] =>
  driftOfEach(missing, {
    id: itself,
    says: (orderId) => `${orderId} was ${name} in PostgreSQL, and no event in SECKILL_ORDERS says so.`,
    more: `More orders that were ${name} without an event`,
    advice: 'If its message was deleted within the last two minutes, JetStream may drop it as a duplicate: repair again later.',
    repair: (ids) => ({
      kind: 'event',
      writes: 'events',
      does: `publishes ${name}:${ids.length === 1 ? ids[0] : '<order id>'} again, marked as a repeat.`,
      apply: () => publishAgain(context, name, ids),
    }),
  });

const explainUnknown = (name: OrderChange, unknown: readonly string[]): Drift[] =>
  driftOfEach(unknown, {
    id: itself,
    says: (orderId) => `An event says that ${orderId} was ${name}, and PostgreSQL does not know of it.`,
    more: `More events of orders that were not ${name} in PostgreSQL`,
    advice:
      'A published event cannot be withdrawn. An older copy of PostgreSQL was restored, or the order was deleted or changed: ' +
      'bring the newer rows back (--repair --restored does it from the streams), or tell the consumers of SECKILL_ORDERS that the event is void.',
  });
