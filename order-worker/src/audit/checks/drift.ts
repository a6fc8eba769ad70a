/** What a repair does; the label of its metric. */
export type RepairKind =
  | 'sold'
  | 'overdue'
  | 'payment'
  | 'event'
  | 'item'
  | 'reservation'
  | 'outbox'
  | 'units'
  | 'relay'
  | 'statistics';

/**
 * The order of the repairs. PostgreSQL first, since the others follow it. Events before Redis: a reservation that has moved in Redis says that
 * its events are stored. The statistics count what was announced.
 */
export const REPAIR_ORDER: readonly RepairKind[] = [
  'sold',
  'overdue',
  'payment',
  'event',
  'item',
  'reservation',
  'outbox',
  'units',
  'relay',
  'statistics',
];

/** One thing that does not add up. */
export interface Drift {
  /** A sentence: what is where. */
  says: string;
  /** Only where there is exactly one right answer. */
  repair?: Repair;
  /** What a person can do, where there is no such answer, or the repair may not be enough. */
  advice?: string;
}

export interface Repair {
  kind: RepairKind;
  /** A sentence: what it does. */
  does: string;
  /**
   * Looks again, changes what still has to be changed and answers the ids of that. Idempotent, and right whatever moves at the same time, also the
   * same repair in another worker.
   */
  mend: () => Promise<readonly string[]>;
}

/** Findings of one kind that are told one by one. */
const TOLD = 20;
/** Of the others. */
const NAMED = 3;
/** Ids that one repair takes in hand. */
const PORTION = 500;

/** One drift for each id, up to a number that a person reads; the others in portions. */
export function driftOfEach<Each>(
  all: readonly Each[],
  idOf: (each: Each) => string,
  of: { one: (each: Each) => string; more: string },
  drift: (ids: readonly string[]) => Omit<Drift, 'says'>,
): Drift[] {
  const told = all.slice(0, TOLD).map((each) => ({ says: of.one(each), ...drift([idOf(each)]) }));
  const rest: Drift[] = [];
  for (let from = TOLD; from < all.length; from += PORTION) {
    const ids = all.slice(from, from + PORTION).map(idOf);
    const named = ids.length > NAMED ? `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more` : ids.join(', ');
    rest.push({ says: `${of.more}: ${named}.`, ...drift(ids) });
  }
  return [...told, ...rest];
}
