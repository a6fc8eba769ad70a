import type { OrderEvent } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';

/** Keeps something in PostgreSQL that follows from order events. docs/how-to/listener.md shows how to add one. */
export interface OrderListener {
  /** Names its position in the stream. Never change it: a renamed listener starts again at the first event. */
  name: string;
  /** Receives events in the order of the stream. Runs in the transaction that also moves the position, so each event takes effect exactly once. */
  apply(tx: Prisma.TransactionClient, events: readonly OrderEvent[]): Promise<void>;
}
