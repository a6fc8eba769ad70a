import type { AuditContext } from './audit-context.ts';
import type { ItemBooks } from './check-books.ts';
import type { Drift } from './drift.ts';
import { correctSold } from './repairs/correct-sold.ts';

/** The column is the sum of the live orders, kept beside them in the same transactions: where they differ, the orders are the books. */
export function explainSold(context: AuditContext, books: readonly ItemBooks[]): Drift[] {
  const differing = books.filter((item) => item.sold !== item.liveUnits);
  return differing.map(({ itemId, title, sold, liveUnits, stock }) => {
    const says = `Item ${itemId} (${title}) says sold ${sold}, and its live orders hold ${liveUnits} units.`;
    if (liveUnits > stock) {
      const advice = 'The column can not say so many, since they are more than the stock: see what is said of that first.';
      return { says, advice };
    }
    const does = `sets the column to ${liveUnits}, or to what the live orders hold by then.`;
    return { says, repair: { kind: 'sold', does, mend: () => correctSold(context, itemId) } };
  });
}
