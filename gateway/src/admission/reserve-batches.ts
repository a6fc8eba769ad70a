import { DECIDE_NOTHING, RESERVE_BATCH_LIMIT, type ReserveRequest, type ReserveResult, reserve } from 'seckill-core';
import { type Decision, unavailable } from '../catalogue/decision.ts';
import type { ItemMemory } from '../catalogue/item-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { RedisLink } from '../links/redis-link.ts';

/**
 * Redis decides no request after this time, from when it came: by then its buyer got UNAVAILABLE, may have asked another gateway, and its answer
 * must stay true.
 */
export const DECIDE_WITHIN_MS = 1_000;
/**
 * From one script call for a hot item to the next: its attempts wait for each other, unless a batch is full. Each call makes work for this process,
 * Redis and JetStream, which buyers of other items would wait for.
 */
export const HOT_EVERY_MS = 8;

/** A request that waits for Redis. `decide` is called exactly once. */
export interface Attempt extends ReserveRequest {
  readonly decide: (decision: Decision) => void;
  /** If it wins, its order is made before those of others. */
  readonly priority?: boolean;
  /** The answer to a request that only asks whether it has won, if it has not. */
  readonly ifNotWon?: Decision;
  /** Not writable once the client has gone. */
  readonly connection?: { readonly writable: boolean };
}

export interface BatchHandlers {
  decided(item: ItemMemory, attempts: readonly Attempt[], result: ReserveResult): void;
  /** The outcome is unknown: the script may have run. */
  failed(item: ItemMemory, attempts: readonly Attempt[], error: Error): void;
}

/** The attempts for one item's next batch. */
interface Collecting {
  readonly item: ItemMemory;
  attempts: Attempt[];
  /** On Redis's clock, ms: {@link DECIDE_WITHIN_MS} after the first of the attempts. */
  decideBy: number;
  /** Script calls under way. */
  calls: number;
  /** Monotonic time at which the last one was sent. */
  sentAt: number;
}

/**
 * Decides requests with one script call per item at a time: a call costs Redis and this process far more than each request in it. Requests
 * that arrive in one turn of the event loop go together. Those that arrive during a call go together after it, so the batches of many
 * gateways grow with the load on Redis. A full batch doesn't wait.
 *
 * The attempts hang on one object per item, not in a Map that is cleared every turn. V8 links the table of a cleared Map to its
 * successor: once the first table of such a chain is old, the content of all of them stays until a full collection. That cost a fifth
 * of the time of a losing request, and 100 MB.
 */
export class ReserveBatches {
  readonly #redis: RedisLink;
  readonly #clock: ServerClock;
  readonly #handlers: BatchHandlers;
  readonly #collecting = new WeakMap<ItemMemory, Collecting>();
  #due: Collecting[] = [];
  #pending = 0;

  constructor(redis: RedisLink, clock: ServerClock, handlers: BatchHandlers) {
    this.#redis = redis;
    this.#clock = clock;
    this.#handlers = handlers;
  }

  /** Requests that Redis has not answered yet. */
  get pending(): number {
    return this.#pending;
  }

  add(item: ItemMemory, attempt: Attempt): void {
    this.#pending += 1;
    const collecting = this.#collecting.get(item) ?? this.#begin(item);
    const count = collecting.attempts.push(attempt);
    if (count === 1) collecting.decideBy = this.#clock.now() + DECIDE_WITHIN_MS;
    if (count === RESERVE_BATCH_LIMIT) this.#decide(collecting);
    else if (count === 1 && collecting.calls === 0) this.#soon(collecting);
  }

  /** Asks only whether the reservation exists. It wins nothing. */
  find(item: ItemMemory, attempt: Omit<Required<Attempt>, 'quantity' | 'connection' | 'priority'>): void {
    this.#pending += 1;
    void this.#send(item, [{ ...attempt, quantity: 1 }], DECIDE_NOTHING);
  }

  #begin(item: ItemMemory): Collecting {
    const collecting: Collecting = { item, attempts: [], decideBy: 0, calls: 0, sentAt: Number.NEGATIVE_INFINITY };
    this.#collecting.set(item, collecting);
    return collecting;
  }

  /** Decides at the end of this turn of the event loop, or once a hot item's time has come. */
  #soon(collecting: Collecting): void {
    const rest = collecting.item.isHot ? collecting.sentAt + HOT_EVERY_MS - performance.now() : 0;
    if (rest > 0) setTimeout(() => this.#decideIfDue(collecting), rest);
    else if (this.#due.push(collecting) === 1) setImmediate(this.#flush);
  }

  #decideIfDue(collecting: Collecting): void {
    if (collecting.calls === 0 && collecting.attempts.length > 0) this.#decide(collecting);
  }

  readonly #flush = (): void => {
    const due = this.#due;
    this.#due = [];
    for (const collecting of due) this.#decideIfDue(collecting);
  };

  #decide(collecting: Collecting): void {
    const { item, attempts, decideBy } = collecting;
    collecting.attempts = [];
    collecting.calls += 1;
    collecting.sentAt = performance.now();
    void this.#send(item, attempts, decideBy).finally(() => {
      collecting.calls -= 1;
      if (collecting.calls === 0 && collecting.attempts.length > 0) this.#soon(collecting);
    });
  }

  /** Resolves once the attempts are decided. */
  #send(item: ItemMemory, collected: Attempt[], decideBy: number): Promise<void> {
    const attempts = collected.some(isGone) ? this.#dropGone(collected) : collected;
    if (attempts.length === 0) return Promise.resolve();
    return this.#redis
      .ask((redis, runId) => reserve(redis, item.itemId, runId, attempts, { decideBy, progressSeen: item.progress }))
      .then(
        (result) => {
          this.#pending -= attempts.length;
          this.#handlers.decided(item, attempts, result);
        },
        (error: Error) => {
          this.#pending -= attempts.length;
          this.#handlers.failed(item, attempts, error);
        },
      );
  }

  /** A client that has gone may have asked another gateway and got a "no", which must stay true. */
  #dropGone(attempts: readonly Attempt[]): Attempt[] {
    for (const { decide } of attempts.filter(isGone)) {
      this.#pending -= 1;
      decide(unavailable());
    }
    return attempts.filter((attempt) => !isGone(attempt));
  }
}

function isGone({ connection }: Attempt): boolean {
  return connection?.writable === false;
}
