import type { ItemMemory } from '../catalogue/item-memory.ts';

type Counts = Record<string, number>;

/** What the answers of each item have grown by since the last call. */
export class ItemGrowth {
  #before = new Map<string, Counts>();

  /** Returns the items that had answers. With `begins` it returns none, because the last call was long ago. */
  take(items: Iterable<Pick<ItemMemory, 'itemId' | 'answers'>>, begins: boolean): Record<string, Counts> {
    const now = new Map<string, Counts>();
    const grown: Record<string, Counts> = {};
    for (const { itemId, answers } of items) {
      const before = this.#before.get(itemId) ?? {};
      const more = Object.entries(answers).flatMap(([answer, count]) => {
        const growth = count - (before[answer] ?? 0);
        return growth > 0 ? [[answer, growth] as const] : [];
      });
      if (more.length > 0 && !begins) grown[itemId] = Object.fromEntries(more);
      now.set(itemId, { ...answers });
    }
    this.#before = now;
    return grown;
  }
}
