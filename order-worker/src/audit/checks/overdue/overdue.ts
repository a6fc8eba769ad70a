import { cancelOverdue } from '../../../orders/deadlines/sweep-unpaid.ts';
import { loadStatement } from '../../../servers/statement.ts';
import { OVERDUE_AFTER_SECONDS, sum } from '../../evidence/books.ts';
import type { Check } from '../check.ts';
import { driftOfEach } from '../drift.ts';

const overdueOfSale = loadStatement(import.meta.url, 'overdue-of-sale');

interface Row {
  orderId: string;
  payBy: Date;
}

/** Unpaid orders that neither their deadline's message nor the sweep has cancelled. */
export const overdue: Check = {
  key: 'overdue',
  name: 'No order is still unpaid long after its payBy',
  inspect: async ({ books }) => {
    const count = sum(await books.read(), (item) => item.overdue);
    return { holds: count === 0, detail: `${count} still unpaid ${OVERDUE_AFTER_SECONDS} s later` };
  },
  explain: async (context) => {
    const { prisma, sale } = context;
    return driftOfEach(await prisma.$queryRawUnsafe<Row[]>(overdueOfSale, sale.id, OVERDUE_AFTER_SECONDS), {
      id: ({ orderId }) => orderId,
      says: ({ orderId, payBy }) => `Order ${orderId} was due at ${payBy.toISOString()} and is still unpaid.`,
      more: 'More orders that are overdue and unpaid',
      repair: (ids) => ({
        kind: 'overdue',
        writes: 'postgres',
        does: 'cancels it as unpaid, as its deadline would have, unless it is paid by then; its units return.',
        apply: () => cancelOverdue(context, ids),
      }),
    });
  },
};
