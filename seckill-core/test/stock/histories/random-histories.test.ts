import fc from 'fast-check';
import { LIVE_RESERVATION, type ReservationRecord } from 'seckill-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { useSetClock } from '../set-clock.ts';
import { useStock } from '../use-stock.ts';
import { History } from './history.ts';
import { anyStep, type Step } from './steps.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
let items = 0;
beforeAll(async () => {
  setClock = await useSetClock(stock.redis, 0);
});

async function newHistory(): Promise<History> {
  items += 1;
  const history = new History(stock.redis, stock.runId, setClock, items.toString(16).padStart(6, '0'));
  await history.rebuild(false);
  return history;
}

/** All histories share one clock, and the time limit leaves the last one running: the next test begins after it. */
let last: Promise<unknown> = Promise.resolve();
afterEach(async () => {
  await last.catch(() => undefined);
});
function play(story: (history: History) => Promise<void>): Promise<void> {
  const playing = newHistory().then(story);
  last = playing;
  return playing;
}

/** Runs as many histories as fit in the time: a slow machine tries fewer, and its result is still right. */
const effort = { interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false };
const histories = (maxLength: number) => fc.array(anyStep, { minLength: 1, maxLength, size: 'max' });

test('whatever happens to an item, the scripts do what the model does and the books balance', async () => {
  await fc.assert(
    fc.asyncProperty(histories(40), (steps) =>
      play(async (history) => {
        await history.run(steps);
        await history.expectAgreement();
      }),
    ),
    { numRuns: 2_000, ...effort },
  );
});

test('an item that was lost in the middle and rebuilt from its orders is the same as before', async () => {
  const withoutLoss = histories(30).map((steps) => steps.filter((step: Step) => step.do !== 'lose'));
  await fc.assert(
    fc.asyncProperty(withoutLoss, (steps) =>
      play(async (history) => {
        await history.run(steps);
        const before = await history.expectAgreement();
        history.lose();
        await history.rebuild(true);
        const after = await history.expectAgreement();
        expect({ live: after.live, buyers: after.buyers }).toEqual({ live: before.live, buyers: before.buyers });
        expect(after.won.toSorted()).toEqual(before.won.toSorted());
        expect(settled(after.reservations)).toEqual(settled(before.reservations));
      }),
    ),
    { numRuns: 1_000, ...effort },
  );
});

/** Drops `payBy` of reservations that hold no units any more: it does not matter then. */
function settled(reservations: Record<string, ReservationRecord>) {
  return Object.entries(reservations)
    .map(([id, record]) => [id, { ...record, payBy: LIVE_RESERVATION.has(record.status) ? record.payBy : 0 }])
    .toSorted();
}
