import fc from 'fast-check';

/** What may happen. `which` counts the reservations of the story, round and round. */
export type Step =
  | { do: 'buy'; user: number; item: number; quantity: number }
  | { do: 'buy-again'; which: number }
  | { do: 'pay'; which: number; twice: boolean }
  | { do: 'decline'; which: number }
  /** A payment that was declined succeeds after all. */
  | { do: 'pay-declined'; which: number }
  | { do: 'cancel'; which: number }
  /** The order is paid and ends at the same moment. */
  | { do: 'race'; which: number; end: 'cancel' | 'time-out' }
  | { do: 'time-out'; which: number }
  | { do: 'redeliver'; what: 'win' | 'payment' | 'early-deadline'; which: number }
  /** The process dies at its `at`-th step from now on that changes something. */
  | { do: 'crash'; part: 'worker' | 'gateway'; place: number; at: number; when: 'before' | 'after' }
  | { do: 'flush' }
  | { do: 'wait'; ms: number }
  /** Waits for every answer, then compares the books. */
  | { do: 'rest' };

const step = <Name extends Step['do']>(name: Name) => fc.constant(name);
/** Plain objects, so that a failing story is printed as one would write it. */
const record = <Shape>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }): fc.Arbitrary<Shape> =>
  fc.record(shape, { noNullPrototype: true }) as fc.Arbitrary<Shape>;
const which = fc.nat(11);
const seldom = fc.nat(4).map((n) => n === 0);

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: record({ do: step('buy'), user: fc.nat(3), item: fc.nat(1), quantity: fc.constantFrom(1, 1, 2) }),
  },
  { weight: 3, arbitrary: record({ do: step('buy-again'), which }) },
  { weight: 6, arbitrary: record({ do: step('race'), which, end: fc.constantFrom('cancel', 'time-out') }) },
  { weight: 8, arbitrary: record({ do: step('pay'), which, twice: seldom }) },
  { weight: 2, arbitrary: record({ do: step('decline'), which }) },
  { weight: 2, arbitrary: record({ do: step('pay-declined'), which }) },
  { weight: 6, arbitrary: record({ do: step('cancel'), which }) },
  { weight: 6, arbitrary: record({ do: step('time-out'), which }) },
  {
    weight: 4,
    arbitrary: record({ do: step('redeliver'), what: fc.constantFrom('win', 'payment', 'early-deadline'), which }),
  },
  {
    weight: 8,
    arbitrary: record({
      do: step('crash'),
      part: fc.constantFrom('worker', 'worker', 'gateway'),
      place: fc.nat(1),
      at: fc.integer({ min: 1, max: 12 }),
      when: fc.constantFrom('before', 'after'),
    }),
  },
  { weight: 2, arbitrary: record({ do: step('flush') }) },
  { weight: 4, arbitrary: record({ do: step('wait'), ms: fc.nat(150) }) },
  { weight: 3, arbitrary: record({ do: step('rest') }) },
);
