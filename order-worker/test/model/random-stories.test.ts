import { randomTests } from 'dev/test';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ground, useGround } from '../crash/ground.ts';
import { MortalPlatform } from './mortal-platform.ts';
import type { SaleBooks } from './sale-books.ts';
import { anyStep } from './steps.ts';
import { Story } from './story.ts';

const { seed, effort, shrinks } = randomTests;
/** As many stories as fit into this time, and at least some on each ground unless they take minutes. */
const TRY_FOR_MS = 25_000 * effort;
const AT_LEAST = 4;
const AT_LEAST_WITHIN_MS = TRY_FOR_MS + 100_000;
/** A start is slow on a busy machine, and the last story may have just begun when the time is over. */
const PATIENCE_MS = 300_000;

/** Side by side, because a story mostly waits for redeliveries and restarts. */
const grounds = [useGround(), useGround(), useGround()];
const platforms: MortalPlatform[] = [];

beforeAll(async () => {
  platforms.push(...(await Promise.all(grounds.map(({ ground }) => MortalPlatform.start(ground)))));
}, PATIENCE_MS);
afterAll(() => Promise.all(platforms.map((platform) => platform.close())), PATIENCE_MS);

const anyStory = fc.array(anyStep, { minLength: 6, maxLength: 24, size: 'max' });

/** The books at the end of each story. */
const ends: SaleBooks[] = [];
const endedAs = (...states: string[]): number =>
  ends.flatMap((books) => Object.values(books.orders)).filter((state) => states.includes(state)).length;
const deaths = (): string[] => platforms.flatMap((platform) => platform.deaths);
/** On a busy machine the few stories may all be of one kind; then more of them run. */
const wasTried = (): boolean =>
  deaths().length > grounds.length && endedAs('PAID', 'REFUNDED') > 0 && endedAs('CANCELLED', 'REFUNDED') > 0;

test(
  'whatever dies, is delivered twice or is forgotten by Redis: the books match the model',
  async () => {
    const began = Date.now();
    const lanes = await Promise.allSettled(
      grounds.map(({ ground }, i) => tellStories(ground, platforms[i], seed + i, began, (books) => ends.push(books))),
    );
    const orders = ends.flatMap((books) => Object.values(books.orders));
    console.log(`TEST_SEED=${seed}: ${ends.length} stories, ${deaths().length} deaths, ${orders.length} orders`, {
      paid: endedAs('PAID'),
      cancelled: endedAs('CANCELLED'),
      refunded: endedAs('REFUNDED'),
      rejected: ends.flatMap((books) => books.rejections).length,
    });
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
    expect(wasTried()).toBe(true);
  },
  TRY_FOR_MS + PATIENCE_MS,
);

async function tellStories(
  ground: Ground,
  platform: MortalPlatform | undefined,
  itsSeed: number,
  began: number,
  ended: (books: SaleBooks) => void,
): Promise<void> {
  let told = 0;
  const property = fc.asyncProperty(anyStory, async (steps) => {
    const took = Date.now() - began;
    const isEnough = took > AT_LEAST_WITHIN_MS || (took > TRY_FOR_MS && told >= AT_LEAST);
    if (platform === undefined || (isEnough && wasTried())) return;
    told += 1;
    const story = await Story.begin(ground, platform);
    ended(await story.play(steps));
  });
  await fc.assert(property, { seed: itsSeed, numRuns: 1_000 * effort, endOnFailure: !shrinks });
}
