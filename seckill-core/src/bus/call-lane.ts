/** How many calls of one kind may run in a process, and how many may wait for one of those to end. */
export interface LaneBounds {
  running: number;
  waiting: number;
}

/** Why a call did not start: the lane was full, its caller had given up, or the process stops. */
export type DropReason = 'full' | 'late' | 'stopping';

/** Hears what a lane does, for metrics. */
export interface LaneObserver {
  changed(counts: LaneBounds): void;
  started(waitedMs: number): void;
  dropped(reason: DropReason): void;
}

export interface LaneCall {
  /** How long the caller still waits, ms. */
  budgetMs: number;
  /** Must not reject. The caller gives up at `giveUpAt`, of `performance.now()`. */
  run(giveUpAt: number): Promise<void>;
  /** Called in place of `run`. */
  drop(reason: DropReason): void;
}

interface Waiting {
  call: LaneCall;
  since: number;
  giveUpAt: number;
}

/**
 * Runs the calls of one kind, oldest first and a bounded number at once. Without such a bound, a rush of calls makes every one of them too
 * late: each waits for a connection until its caller has given up, and its result is thrown away.
 */
export class CallLane {
  readonly #bounds: LaneBounds;
  readonly #observer: LaneObserver | undefined;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #closed = false;

  constructor(bounds: LaneBounds, observer?: LaneObserver) {
    this.#bounds = bounds;
    this.#observer = observer;
  }

  enter(call: LaneCall): void {
    const now = performance.now();
    const { running, waiting } = this.#bounds;
    if (this.#waiting.length >= waiting) this.#dropLate(now);
    if (this.#closed) this.#drop(call, 'stopping');
    else if (this.#running >= running && this.#waiting.length >= waiting) this.#drop(call, 'full');
    else {
      this.#waiting.push({ call, since: now, giveUpAt: now + call.budgetMs });
      this.#startNext();
    }
  }

  /** Drops the calls that wait. Those that run go on. */
  close(): void {
    this.#closed = true;
    for (const { call } of this.#waiting.splice(0)) this.#drop(call, 'stopping');
    this.#report();
  }

  #startNext(): void {
    while (this.#running < this.#bounds.running) {
      const now = performance.now();
      const next = this.#waiting.shift();
      if (next === undefined) break;
      if (next.giveUpAt <= now) this.#drop(next.call, 'late');
      else this.#start(next, now);
    }
    this.#report();
  }

  #start({ call, since, giveUpAt }: Waiting, now: number): void {
    this.#running += 1;
    this.#observer?.started(now - since);
    void call.run(giveUpAt).finally(() => {
      this.#running -= 1;
      this.#startNext();
    });
  }

  /** Calls of one kind have the same budget, so those that are late come first. */
  #dropLate(now: number): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].giveUpAt <= now) {
      const late = this.#waiting.shift();
      if (late !== undefined) this.#drop(late.call, 'late');
    }
  }

  #drop(call: LaneCall, reason: DropReason): void {
    this.#observer?.dropped(reason);
    call.drop(reason);
  }

  #report(): void {
    this.#observer?.changed({ running: this.#running, waiting: this.#waiting.length });
  }
}
