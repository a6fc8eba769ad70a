import { loadStatement } from '../../../servers/statement.ts';
import { sum } from '../../evidence/books.ts';
import type { Check } from '../check.ts';
import { driftOfEach } from '../drift.ts';

const overLimit = loadStatement(import.meta.url, 'over-limit');

interface Row {
  userId: string;
  itemId: string;
  units: number;
  limit: number;
}

export const limit: Check = {
  key: 'limit',
  name: 'No user holds more units than the limit per user',
  inspect: async (context) => {
    const books = await context.books.read();
    const duplicated = sum(books, (item) => item.overLimitBy);
    return { holds: duplicated === 0, duplicated, detail: `${sum(books, (item) => item.overLimit)} users over the limit` };
  },
  explain: async ({ prisma, sale }) =>
    driftOfEach(await prisma.$queryRawUnsafe<Row[]>(overLimit, sale.id), {
      id: ({ userId }) => userId,
      says: (row) => `User ${row.userId} holds ${row.units} units of item ${row.itemId}, and the limit is ${row.limit}.`,
      more: 'More users over the limit',
      advice:
        'Was the limit lowered afterwards? Which order goes is your decision: cancel an unpaid one, or leave things as they are.',
    }),
};
