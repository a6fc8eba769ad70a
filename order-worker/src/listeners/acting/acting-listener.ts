import type { OrderEventName, SaleEventName } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';

/** What a lane is asked about an event. */
export type EventKind =
  | { of: 'order'; event: OrderEventName; saleId: string }
  | { of: 'sale'; event: SaleEventName; saleId: string };

/** An event that a lane has to act on. */
export interface ListenerTask {
  /** Of the row. */
  id: string;
  lane: string;
  /** The order, or the sale if the event is about no order. */
  subject: string;
  /** The CloudEvent's id: the idempotency key of the act, the same at each attempt. */
  eventId: string;
  /** The CloudEvent's type. */
  type: string;
  /** The CloudEvent as it is in the stream, JSON. */
  event: string;
  /** How often it was tried before. */
  attempts: number;
  /** Since it came. */
  ageMs: number;
}

/** What the log keeps of an attempt. Small, and free of secrets. */
export type Attempt = Readonly<Record<string, unknown>>;

/** No retry can help: the task goes to the dead letters at once. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
}

/** The attempt failed, and the far side says how long to wait, or the log should keep more than the message. */
export class TaskFailed extends Error {
  override readonly name = 'TaskFailed';
  readonly retryAfterMs: number | undefined;
  readonly attempt: Attempt;

  constructor(message: string, { retryAfterMs, attempt = {} }: { retryAfterMs?: number | undefined; attempt?: Attempt } = {}) {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.attempt = attempt;
  }
}

/** It is too early to act, such as because something is not known yet. The far side has not failed. */
export class TaskPostponed extends Error {
  override readonly name = 'TaskPostponed';
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/** Which events become tasks of a lane. */
export interface LaneWish {
  /** Of its tasks. Never change it. */
  name: string;
  wants(kind: EventKind): boolean;
  /** It wants no event that happened before, ms on PostgreSQL's clock. */
  since?: number;
}

/** A queue of tasks. It has its own pace: a lane whose far side is away delays no other lane. Within it, the events of one order are handled in order. */
export interface Lane extends LaneWish {
  /** Tasks in progress at once, in a worker. Each is of another order. With 0, its tasks wait. */
  atOnce: number;
  /** How long a task is retried before it is dead, ms. */
  giveUpAfterMs: number;
  /** Between two tries of a task, ms. Default one hour. */
  longestPauseMs?: number;
  /** An attempt that takes longer has failed, ms. */
  answerWithinMs: number;
  /**
   * Acts, and resolves to what the log keeps. May run twice for one event, because a worker can die before it has noted the first time. Rejects if it must be
   * tried again: {@link TaskFailed}, or any error; {@link TaskPostponed} if it is too early; {@link TaskRefused} if no retry can help. `giveUpAt` is of `performance.now()`.
   */
  act(task: ListenerTask, giveUpAt: number): Promise<Attempt | undefined>;
}

/** Does something outside PostgreSQL for order events, at least once for each. docs/how-to/listener.md shows how to add one. */
export interface ActingListener {
  /** Names its position in the stream. Never change it. A new one begins with the events that come after it was first started. */
  name: string;
  /** Its lanes now. Asked for each batch, so it must come from memory. */
  lanes(): readonly Lane[];
  /** What its lanes want as this transaction sees them, so that no event after a change is missed. Default: {@link lanes}. */
  wishesIn?(tx: Prisma.TransactionClient): Promise<readonly LaneWish[]>;
  /** Whether its lanes may want the events of sales: it reads the whole stream then. Default: only those of orders. */
  ofSales?: boolean;
}
