import { type ItemBooks, sum } from '../../evidence/books.ts';
import { type Check, type Finding, perItem } from '../check.ts';

type Found = Finding & { books: ItemBooks[] };

const excess = ({ liveUnits, stock }: ItemBooks): number => Math.max(0, liveUnits - stock);

export const oversold: Check<Found> = {
  key: 'oversold',
  name: 'No item has more units in live orders than its stock',
  inspect: async (context) => {
    const books = await context.books.read();
    const units = sum(books, excess);
    return { holds: units === 0, oversold: units, detail: perItem(books, (i) => `${i.liveUnits} of ${i.stock} units`), books };
  },
  explain: (_, { books }) =>
    books
      .filter((item) => excess(item) > 0)
      .map(({ itemId, title, liveUnits, stock }) => ({
        says: `Item ${itemId} (${title}) has ${liveUnits} units in live orders, and its stock is ${stock}.`,
        advice:
          'Which buyers go without is your decision: add stock if there are more units, or cancel live orders and refund them until they fit.',
      })),
};
