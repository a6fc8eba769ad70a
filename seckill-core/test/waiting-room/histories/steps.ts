import fc from 'fast-check';
import { START } from '../use-room.ts';

/** Half of them have priority. */
export const USERS = ['ann', 'vip-bob', 'cid', 'vip-dan', 'eve', 'vip-fay', 'gus', 'vip-hal', 'ida', 'jon'];

/** Two gateways, each with the units and the progress that it has read. */
const GATEWAYS = 2;

export interface RoomSettings {
  admission: 'queue' | 'draw';
  missedTurn: 'end' | 'keep';
  priorityWeight: number;
  limitPerUser: number;
  stock: number;
}

/** Everything that may happen to a room. `by`: the gateway that does it. */
export type Step =
  | { do: 'join'; by: number; who: number[] }
  | { do: 'tick'; by: number; paused: boolean }
  /** A gateway reads the units that are left. */
  | { do: 'observe'; by: number }
  | { do: 'take'; by: number; who: number[] }
  /** A user with a claim wins. `marks`: the gateway lives long enough to end the claim. */
  | { do: 'win'; who: number; quantity: number; marks: boolean }
  /** A winner cancels. */
  | { do: 'return'; who: number }
  | { do: 'wait'; ms: number }
  /** Redis's clock is set back, by less than a claim outlasts its token. */
  | { do: 'set-back'; ms: number }
  /** Redis restarts, goes back to an older copy, or loses everything. A worker rebuilds the room. */
  | { do: 'lose'; how: 'restart' | 'older' | 'flush' };

const by = fc.nat(GATEWAYS - 1);
const user = fc.nat(USERS.length - 1);
const who = fc.array(user, { minLength: 1, maxLength: 4 });
const step = <Name extends Step['do']>(name: Name) => fc.constant(name);

export const anySettings: fc.Arbitrary<RoomSettings> = fc.record({
  admission: fc.constantFrom('queue', 'queue', 'draw'),
  missedTurn: fc.constantFrom('end', 'keep'),
  priorityWeight: fc.integer({ min: 1, max: 4 }),
  limitPerUser: fc.integer({ min: 1, max: 2 }),
  stock: fc.integer({ min: 0, max: 8 }),
});

export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: step('join'), by, who }) },
  { weight: 12, arbitrary: fc.record({ do: step('tick'), by, paused: fc.nat(9).map((n) => n === 0) }) },
  { weight: 8, arbitrary: fc.record({ do: step('observe'), by }) },
  { weight: 10, arbitrary: fc.record({ do: step('take'), by, who }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: step('win'),
      who: user,
      quantity: fc.integer({ min: 1, max: 2 }),
      marks: fc.nat(4).map((n) => n > 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: step('return'), who: user }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: step('wait'), ms: fc.constantFrom(1, 200, 250, 999, 1_000, 1_001, 2_000, 5_000, 8_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: step('set-back'), ms: fc.constantFrom(10, 900) }) },
  { weight: 1, arbitrary: fc.record({ do: step('lose'), how: fc.constantFrom('restart', 'older', 'flush') }) },
);

/** The clock of a history begins shortly before the start of its sale. */
export const BEGIN = START - 1_500;
