import { foreignUserIds } from 'dev/test';
import fc from 'fast-check';
import type { ReservationStatus } from 'seckill-core';

/** The reservations of a history, each with its owner and its units. */
export const RESERVATIONS = 24;
const owners = foreignUserIds('user');
/** Ids that hold the separators of a record. */
export const ownerOf = (which: number): string => owners[4 + (which % 4)] ?? '';
export const unitsOf = (which: number): number => 1 + (which % 3);

/** Everything that may happen to an item. `twice`: the command is sent again, as if the client had lost the reply. */
export type Step =
  | { do: 'wait'; ms: number }
  | { do: 'reserve'; which: number[]; foreign: boolean; twice: boolean }
  | { do: 'move'; to: ReservationStatus; which: number[]; firstPauseMs: number; twice: boolean }
  | { do: 'change'; state: 'OPEN' | 'PAUSED' | 'CLOSED'; stock: number; older: boolean; twice: boolean }
  | { do: 'acknowledge'; which: number[]; twice: boolean }
  | { do: 'begin' }
  | { do: 'rebuild'; replay: boolean; stale: boolean; twice: boolean }
  | { do: 'lose' };

const which = fc.array(fc.nat(RESERVATIONS - 1), { minLength: 1, maxLength: 5 });
const twice = fc.nat(3).map((n) => n === 0);
const seldom = fc.nat(9).map((n) => n === 0);
const step = <Name extends Step['do']>(name: Name) => fc.constant(name);
const statuses: ReservationStatus[] = ['RESERVED', 'ORDERED', 'PAID', 'CANCELLED', 'REJECTED', 'REFUNDED'];

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ do: step('reserve'), which, foreign: seldom, twice }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: step('move'),
      to: fc.constantFrom(...statuses),
      which,
      firstPauseMs: fc.constantFrom(0, 100),
      twice,
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: step('wait'), ms: fc.constantFrom(1, 50, 299, 300, 300, 1_000, 1_000, -20) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: step('change'),
      state: fc.constantFrom('OPEN', 'OPEN', 'OPEN', 'OPEN', 'OPEN', 'PAUSED', 'CLOSED'),
      stock: fc.nat(12),
      older: seldom,
      twice,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: step('acknowledge'), which, twice }) },
  { weight: 4, arbitrary: fc.record({ do: step('rebuild'), replay: fc.boolean(), stale: seldom, twice }) },
  { weight: 1, arbitrary: fc.record({ do: step('begin') }) },
  { weight: 1, arbitrary: fc.record({ do: step('lose') }) },
);
