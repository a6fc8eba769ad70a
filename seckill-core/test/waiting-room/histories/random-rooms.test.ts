import fc from 'fast-check';
import { afterEach, beforeAll, test } from 'vitest';
import { useSetClock } from '../../stock/set-clock.ts';
import { useStock } from '../../stock/use-stock.ts';
import { RoomHistory } from './history.ts';
import { anySettings, anyStep, BEGIN, type RoomSettings, type Step } from './steps.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
beforeAll(async () => {
  setClock = await useSetClock(stock.redis, BEGIN);
});

/** All histories share one clock, and the time limit leaves the last one running: the next test begins after it. */
let last: Promise<unknown> = Promise.resolve();
afterEach(async () => {
  await last.catch(() => undefined);
});
function play(settings: RoomSettings, steps: readonly Step[]): Promise<RoomHistory> {
  const history = new RoomHistory(stock.redis, stock.runId, setClock, settings);
  const playing = history.run(steps).then(() => history);
  last = playing;
  return playing;
}

/** Runs as many histories as fit in the time: a slow machine tries fewer, and its result is still right. */
const effort = { interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false };
const steps = fc.array(anyStep, { minLength: 5, maxLength: 60, size: 'max' });

test('whatever happens to a room, places are given once and served in order, and each turn finds its units', async () => {
  await fc.assert(
    fc.asyncProperty(anySettings, steps, async (settings, story) => void (await play(settings, story))),
    { numRuns: 1_500, ...effort },
  );
});

test('whatever has happened to a room, no one who waits starves beside units that are left', async () => {
  await fc.assert(
    fc.asyncProperty(anySettings, steps, async (settings, story) => {
      const history = await play(settings, story);
      const ending = history.expectNoOneStarves();
      last = ending;
      await ending;
    }),
    { numRuns: 500, ...effort },
  );
});
