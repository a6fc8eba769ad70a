/**
 * The stores that repairs write to, in the order in which the repairs run. PostgreSQL is first because everything else follows it. Events
 * come before Redis: a reservation that has moved in Redis says that its events are stored. The statistics count what was published.
 */
const REPAIR_ORDER = ['postgres', 'events', 'redis', 'statistics'] as const;

/** One thing that does not add up. */
export interface Drift {
  /** A sentence that says what differs, and where. */
  says: string;
  /** Only if there is exactly one right answer. */
  repair?: Repair;
  /** What a person can do if there is no such answer, or if the repair may not be enough. */
  advice?: string;
}

export interface Repair {
  /** Label of the metric. */
  kind: string;
  writes: (typeof REPAIR_ORDER)[number];
  /** A sentence that goes on from "--repair". */
  does: string;
  /**
   * Reads again, changes what still needs it and resolves to the ids that it changed. Idempotent, and correct while orders move and while
   * another worker makes the same repair.
   */
  apply: () => Promise<readonly string[]>;
}

export type Repairable = Drift & { repair: Repair };

/** The drifts that have a repair, in the order of their repairs. */
export function inRepairOrder(drifts: readonly Drift[]): Repairable[] {
  const rank = ({ repair }: Repairable) => REPAIR_ORDER.indexOf(repair.writes);
  return drifts.filter((drift): drift is Repairable => drift.repair !== undefined).toSorted((a, b) => rank(a) - rank(b));
}

/** Findings of one kind that get a sentence each. */
const SAID_SINGLY = 20;
/** Ids named in the sentence about a portion of the others. */
const NAMED = 3;
/** Ids in one repair. */
const PORTION = 500;

interface Wording<Each> {
  id: (each: Each) => string;
  /** The sentence about one. */
  says: (each: Each) => string;
  /** Begins the sentence about a portion of the rest. */
  more: string;
  advice?: string;
  repair?: (ids: readonly string[]) => Repair;
}

/** Returns one drift for each of the first, as many as a person reads, and one for each portion of the rest. */
export function driftOfEach<Each>(all: readonly Each[], { id, says, more, advice, repair }: Wording<Each>): Drift[] {
  const drift = (sentence: string, ids: readonly string[]): Drift => ({
    says: sentence,
    ...(repair === undefined ? {} : { repair: repair(ids) }),
    ...(advice === undefined ? {} : { advice }),
  });
  const drifts = all.slice(0, SAID_SINGLY).map((each) => drift(says(each), [id(each)]));
  for (let from = SAID_SINGLY; from < all.length; from += PORTION) {
    const ids = all.slice(from, from + PORTION).map(id);
    const named = ids.length > NAMED ? `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more` : ids.join(', ');
    drifts.push(drift(`${more}: ${named}.`, ids));
  }
  return drifts;
}
