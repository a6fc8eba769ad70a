import { loadStatement } from '../../../servers/statement.ts';
import { sum } from '../../evidence/books.ts';
import type { Check } from '../check.ts';
import { driftOfEach } from '../drift.ts';

const cancelledEarly = loadStatement(import.meta.url, 'cancelled-early');

interface Row {
  orderId: string;
  cancelledAt: string;
  payBy: string;
}

export const early: Check = {
  key: 'early',
  name: 'No order was cancelled as unpaid before its payBy',
  inspect: async ({ books }) => {
    const count = sum(await books.read(), (item) => item.cancelledEarly);
    return { holds: count === 0, detail: `${count} cancelled early` };
  },
  explain: async ({ prisma, sale }) =>
    driftOfEach(await prisma.$queryRawUnsafe<Row[]>(cancelledEarly, sale.id), {
      id: ({ orderId }) => orderId,
      says: (row) => `Order ${row.orderId} was cancelled as unpaid at ${row.cancelledAt}, before its payBy, ${row.payBy}.`,
      more: 'More orders that were cancelled before their payBy',
      advice: 'A cancel cannot be undone: its units may be sold again. Tell the buyer. Was the clock of PostgreSQL set back?',
    }),
};
