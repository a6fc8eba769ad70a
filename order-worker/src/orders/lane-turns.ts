/** Resolves when a batch of so many values may begin, to a function to call once the batch has ended. */
export type Turn = (values: number) => Promise<() => void>;

interface Waiting {
  /** When it may begin, in virtual time. */
  start: number;
  begin: () => void;
}

/** A queue of batches. In virtual time a batch takes as long as its values divided by the weight. */
interface Line {
  readonly weight: number;
  /** When its last batch ends. */
  end: number;
  readonly waiting: Waiting[];
}

/**
 * Shares a number of places between lanes by their weights (start-time fair queuing, Goyal et al. 1996). While several lanes wait, each gets values
 * handled in proportion to its weight. A lane that waits alone gets every place, and one that was idle has not saved up turns.
 */
export class LaneTurns {
  readonly #lines: Line[] = [];
  #free: number;
  #now = 0;

  constructor(places: number) {
    this.#free = places;
  }

  /** Adds a lane. */
  lane(weight: number): Turn {
    const line: Line = { weight, end: 0, waiting: [] };
    this.#lines.push(line);
    return (values) => this.#turn(line, values);
  }

  async #turn(line: Line, values: number): Promise<() => void> {
    const start = Math.max(this.#now, line.end);
    line.end = start + values / line.weight;
    await new Promise<void>((begin) => {
      line.waiting.push({ start, begin });
      this.#next();
    });
    return () => {
      this.#free += 1;
      this.#next();
    };
  }

  /** Begins the batches that may begin first, while there are places. Of two that may begin at once, the lane that was added first is first. */
  #next(): void {
    while (this.#free > 0) {
      const starts = this.#lines.map(({ waiting }) => waiting[0]?.start ?? Infinity);
      const first = Math.min(...starts);
      const waiting = this.#lines[starts.indexOf(first)]?.waiting.shift();
      if (waiting === undefined) return;
      this.#free -= 1;
      this.#now = first;
      waiting.begin();
    }
  }
}
