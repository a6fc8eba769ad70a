import type { OrderEventName } from 'seckill-core';
import { loadStatement } from '../servers/statement.ts';
import { readAnnounced } from './announced.ts';
import type { AuditContext } from './audit-context.ts';
import { type Drift, driftOfEach } from './drift.ts';
import { announceAgain } from './repairs/announce-again.ts';

const movedStatement = loadStatement(import.meta.url, 'moved-orders');

/** Orders to which what the event tells of has happened, by their status now. */
const STATUSES: Readonly<Record<OrderEventName, readonly string[]>> = {
  created: ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  paid: ['PAID'],
  cancelled: ['CANCELLED', 'REFUNDED'],
  rejected: [],
  refunded: ['REFUNDED'],
};

/** Which events are missing, and which tell of something that PostgreSQL does not know. */
export async function explainEvents(context: AuditContext, names: readonly OrderEventName[]): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (const name of names) {
    // The stream first: what is announced by then has been committed.
    const announced = await readAnnounced(context, name);
    const moved = await readMoved(context, name);
    const known = new Set(moved.map(({ orderId }) => orderId));
    const missing = moved.filter(({ orderId, recent }) => !recent && !announced.has(orderId)).map(({ orderId }) => orderId);
    drifts.push(
      ...explainMissing(context, name, missing),
      ...explainUnknown(
        name,
        [...announced].filter((id) => !known.has(id)),
      ),
    );
  }
  return drifts;
}

function readMoved({ prisma, sale }: AuditContext, name: OrderEventName): Promise<{ orderId: string; recent: boolean }[]> {
  return prisma.$queryRawUnsafe(movedStatement, sale.id, STATUSES[name], name === 'rejected', name === 'created');
}

function explainMissing(context: AuditContext, name: OrderEventName, missing: readonly string[]): Drift[] {
  const one = (id: string) => `${id} was ${name} in PostgreSQL, and no event in SECKILL_ORDERS says so.`;
  return driftOfEach(
    missing,
    (id) => id,
    { one, more: `More orders that were ${name} without an event` },
    (ids) => ({
      repair: {
        kind: 'event',
        does: `publishes ${name}:${ids.length === 1 ? ids[0] : '<order id>'} under that message id.`,
        mend: () => announceAgain(context, name, ids),
      },
      advice:
        'An event that was deleted within the last two minutes is taken by JetStream for one that it has: then repair once more later.',
    }),
  );
}

function explainUnknown(name: OrderEventName, unknown: readonly string[]): Drift[] {
  const one = (id: string) => `An event says that ${id} was ${name}, and PostgreSQL does not know of it.`;
  return driftOfEach(
    unknown,
    (id) => id,
    { one, more: `More events of orders that were not ${name} in PostgreSQL` },
    () => ({
      advice:
        'What was announced cannot be unsaid. An older copy of PostgreSQL was restored, or somebody deleted or changed the order: bring the newer rows back, ' +
        'or tell those who listen to SECKILL_ORDERS that it does not count.',
    }),
  );
}
