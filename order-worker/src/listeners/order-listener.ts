import type { OrderEvent } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';

/**
 * Somebody who keeps something in PostgreSQL that follows from order events. To add one: implement this in a file of its own and name it
 * in listeners.ts; the order code does not change.
 */
export interface OrderListener {
  /** Names its position; never change it. */
  name: string;
  /** In the order of the stream. Runs in the transaction that also moves the position, so each event takes effect exactly once. */
  apply(tx: Prisma.TransactionClient, events: readonly OrderEvent[]): Promise<void>;
}
