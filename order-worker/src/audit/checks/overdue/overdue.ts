import { cancelOverdue } from '../orders/deadlines/sweep-unpaid.ts';
import type { AuditContext } from './audit-context.ts';
import { type Drift, driftOfEach } from './drift.ts';

interface Overdue {
  orderId: string;
  payBy: Date;
}

/** Unpaid orders that neither their deadline's message nor the sweep has cancelled. */
export async function explainOverdue(context: AuditContext, seconds: number): Promise<Drift[]> {
  const overdue = await context.prisma.$queryRaw<Overdue[]>`
    SELECT id::text AS "orderId", pay_by AS "payBy" FROM orders
    WHERE status = 'PENDING_PAYMENT' AND sale_id = ${context.sale.id}::uuid
      AND pay_by < clock_timestamp() - make_interval(secs => ${seconds}::float8)
    ORDER BY pay_by`;
  const one = ({ orderId, payBy }: Overdue) =>
    `Order ${orderId} was to be paid by ${payBy.toISOString()} and still waits for it.`;
  return driftOfEach(
    overdue,
    ({ orderId }) => orderId,
    { one, more: 'More orders that are overdue and unpaid' },
    (ids) => ({
      repair: {
        kind: 'overdue',
        does: 'cancels it as unpaid, as its deadline would have, unless it is paid by then; its units return.',
        mend: () => cancelOverdue(context, context.sale.id, ids),
      },
    }),
  );
}
