import type { SaleEvent } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { StoredEvents } from './stored-events.ts';

/** Keeps something in PostgreSQL that follows from order events. docs/how-to/listener.md shows how to add one. */
export interface OrderListener {
  /** Names its position in the stream. Never change it: a renamed listener begins again. */
  name: string;
  /** Where it begins if it has no position: at the oldest event in the stream (the default), or after the newest. */
  begins?: 'oldest' | 'newest';
  /** Events in one transaction, about. Default 1,000. More if few of them cost it anything. */
  eventsAtOnce?: number;
  /**
   * Receives messages in the order of the stream, without the events that it had before. Runs in the transaction that also moves the position, so
   * each event takes effect exactly once. Read the events only of messages that you need.
   */
  apply(tx: Prisma.TransactionClient, messages: readonly StoredEvents[]): Promise<void>;
  /**
   * Receives the events of sales, if it is there: published, changed, paused, resumed, closed, sold out and restocked. Like {@link apply}, in the same
   * transactions and each once; calls of both come in the order of the stream.
   */
  applySales?(tx: Prisma.TransactionClient, events: readonly SaleEvent[]): Promise<void>;
  /**
   * Resolves to whether it wants no event now, whatever comes. While it rests, it does not read the stream, and its position follows the stream's end. An event that
   * comes after it has said that it wants some is not missed.
   */
  rests?(): Promise<boolean>;
  /** Begins work that only the worker does that leads this listener. `isLeader` says whether it still does. */
  lead?(parts: Pick<WorkerContext, 'prisma' | 'log' | 'metrics' | 'pace'>, isLeader: () => boolean): Leading;
}

export interface Leading {
  /** Events were applied. */
  wake(): void;
  stop(): Promise<void>;
}
