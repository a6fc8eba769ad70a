import type { Redis } from 'ioredis';
import { itemKeys } from './keys.ts';

/** What Redis holds of an item on sale; a field is undefined if Redis has lost it or never had it. Times in ms on Redis's clock. */
export interface ItemState {
  /** The Redis process on which the item was verified. The stock is known only if it is the process that answers, see {@link readRunId}. */
  runId: string | undefined;
  /** Version of the sale whose settings the item has. */
  version: number | undefined;
  state: string | undefined;
  stock: number | undefined;
  /** Units that reservations hold. */
  live: number | undefined;
  /** stock − live, also for an item that isn't verified. Can be negative. */
  left: number | undefined;
  /** Until then returned units of a sold-out item cannot be won. */
  heldUntil: number | undefined;
  /** Until then a rebuilt item cannot be won. */
  reopensAt: number | undefined;
}

/** Rejects with ioredis's error if Redis does not answer. */
export async function readItemState(redis: Redis, itemId: string): Promise<ItemState> {
  const [runId, state, ...numbers] = await redis.hmget(
    itemKeys(itemId).item,
    ...['runId', 'state', 'version', 'stock', 'live', 'heldUntil', 'reopensAt'],
  );
  const [version, stock, live, heldUntil, reopensAt] = numbers.map((text) => (text === null ? undefined : Number(text)));
  const left = stock === undefined || live === undefined ? undefined : stock - live;
  return { runId: runId ?? undefined, state: state ?? undefined, version, stock, live, left, heldUntil, reopensAt };
}
