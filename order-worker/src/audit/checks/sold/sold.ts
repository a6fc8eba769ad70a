import type { ItemBooks } from '../../evidence/books.ts';
import { type Check, type Finding, perItem } from '../check.ts';
import { correctSold } from './correct-sold.ts';

type Found = Finding & { wrong: ItemBooks[] };

/** The column is the sum of the live orders, written in the same transactions. If they differ, the orders are right. */
export const sold: Check<Found> = {
  key: 'sold',
  name: "Each item's sold column equals the units of its live orders",
  inspect: async (context) => {
    const books = await context.books.read();
    const wrong = books.filter((item) => item.sold !== item.liveUnits);
    const detail = perItem(books, (item) => `sold ${item.sold}, live orders ${item.liveUnits}`);
    return { holds: wrong.length === 0, detail, wrong };
  },
  explain: ({ prisma }, { wrong }) =>
    wrong.map((item) => {
      const { itemId, title, liveUnits, stock } = item;
      const says = `Item ${itemId} (${title}) says sold ${item.sold}, and its live orders hold ${liveUnits} units.`;
      if (liveUnits > stock) {
        return { says, advice: 'The column cannot hold more than the stock. Resolve the oversold item first.' };
      }
      const does = `sets the column to ${liveUnits}, or to what the live orders hold by then.`;
      return { says, repair: { kind: 'sold', writes: 'postgres', does, apply: () => correctSold(prisma, itemId) } };
    }),
};
