import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { driftOfEach } from '../drift.ts';

/** Workers publish an event at once, and those that a worker left within seconds. */
const LATE_SECONDS = 60;
/** More than a person reads. */
const MOST = 1_000;

interface Row {
  event: string;
  orderId: string;
  happenedAt: Date;
}

/** Events of payments and refunds that no worker can publish. */
export const waiting: Check<Finding & { rows: Row[] }> = {
  key: 'waiting',
  name: 'No event of a payment or refund has waited for a minute to be published',
  inspect: async ({ prisma, sale }: AuditContext) => {
    const rows = await prisma.$queryRaw<Row[]>`
      SELECT w.event, w.order_id::text AS "orderId", w.happened_at AS "happenedAt"
      FROM waiting_events w JOIN orders o ON o.id = w.order_id
      WHERE w.happened_at < clock_timestamp() - make_interval(secs => ${LATE_SECONDS}::float8) AND o.sale_id = ${sale.id}::uuid
      ORDER BY w.happened_at LIMIT ${MOST}`;
    return { holds: rows.length === 0, detail: `${rows.length} wait`, rows };
  },
  explain: (_, { rows }) =>
    driftOfEach(rows, {
      id: ({ orderId }) => orderId,
      says: ({ event, orderId, happenedAt }) =>
        `The event ${event} of order ${orderId} has waited since ${happenedAt.toISOString()} to be published.`,
      more: 'More events that wait to be published, of orders',
      advice:
        'Read the worker’s log ("the events of payments"). If it has no error, the payment or refund of the event is missing in PostgreSQL.',
    }),
};
