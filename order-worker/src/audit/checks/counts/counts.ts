import { type ItemBooks, sum } from '../../evidence/books.ts';
import type { Check, Finding } from '../check.ts';
import { correctCounts } from './correct-counts.ts';

type Found = Finding & { wrong: ItemBooks[] };

/** Triggers keep the counts in the transactions that write the orders, and both are read in one snapshot. If they differ, the rows are right. */
export const counts: Check<Found> = {
  key: 'counts',
  name: "The counts of each item's orders and rejections are those of the rows",
  inspect: async (context) => {
    const books = await context.books.read();
    const wrong = books.filter((item) => differing(item).length > 0);
    const rows = sum(books, (item) => sum(rowsOf(item), ([, count]) => count));
    return { holds: wrong.length === 0, detail: `${rows} orders and rejections, ${wrong.length} items count others`, wrong };
  },
  explain: ({ prisma }, { wrong }) =>
    wrong.map((item) => {
      const { itemId, title } = item;
      const says = `Item ${itemId} (${title}) counts ${differing(item).join(', ')}.`;
      const does = 'adds the differences to the counts.';
      return { says, repair: { kind: 'counts', writes: 'postgres', does, apply: () => correctCounts(prisma, itemId) } };
    }),
};

const rowsOf = ({ pending, paid, cancelled, refunded, rejected }: ItemBooks) =>
  [
    ['PENDING_PAYMENT', pending],
    ['PAID', paid],
    ['CANCELLED', cancelled],
    ['REFUNDED', refunded],
    ['REJECTED', rejected],
  ] as const;

function differing(item: ItemBooks): string[] {
  return rowsOf(item).flatMap(([status, rows]) => {
    const counted = item.counted[status] ?? 0;
    return counted === rows ? [] : [`${counted} ${status} and has ${rows}`];
  });
}
