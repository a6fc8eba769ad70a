/** Nothing passes, whatever part of the batch is tried: this is no fault of single messages. Its cause is the last error. */
export class NothingPasses extends Error {
  override readonly name = 'NothingPasses';
}

interface HowToHandle<Item> {
  /** Must finish what it passes: the rest of the batch is tried again. */
  handle: (part: readonly Item[]) => Promise<void>;
  /** Returns whether the error says that trying the other parts is no use now. */
  endsTry: (error: unknown) => boolean;
  /** How many items may fail alone before any has passed. */
  patience: number;
}

export interface Failed<Item> {
  item: Item;
  error: unknown;
}

/**
 * Handles a batch. If that fails for a reason that may be a single item's, handles its halves, and their halves, until each part has passed or is
 * one item: 2 × log2(n) calls for one bad item. Returns the items that failed alone.
 *
 * Throws an error that ends the try, and {@link NothingPasses} when the patience is over: taking the batch apart would then cost two calls
 * for each of its items.
 */
export async function handleInParts<Item>(
  batch: readonly Item[],
  { handle, endsTry, patience }: HowToHandle<Item>,
): Promise<Failed<Item>[]> {
  const failed: Failed<Item>[] = [];
  let passed = false;

  async function tryPart(part: readonly Item[]): Promise<void> {
    try {
      await handle(part);
      passed = true;
    } catch (error) {
      if (endsTry(error)) throw error;
      const [item] = part;
      if (item === undefined) return;
      if (part.length > 1) return tryHalves(part);
      failed.push({ item, error });
      if (!passed && batch.length > 1 && failed.length > patience) {
        throw new NothingPasses('Every message that was tried alone failed.', { cause: error });
      }
    }
  }

  async function tryHalves(part: readonly Item[]): Promise<void> {
    const middle = part.length >> 1;
    await tryPart(part.slice(0, middle));
    await tryPart(part.slice(middle));
  }

  await tryPart(batch);
  return failed;
}
