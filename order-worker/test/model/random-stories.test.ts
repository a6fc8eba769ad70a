import { randomTests } from 'dev/test';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Ground, useGround } from '../crash/ground.ts';
import { MortalPlatform } from './mortal-platform.ts';
import type { SaleBooks } from './sale-books.ts';
import { anyStep } from './steps.ts';
import { Story } from './story.ts';

const { seed, effort } = randomTests;
/** As many stories as fit in it, and in any case some on each ground. */
const TRY_FOR_MS = 25_000 * effort;
const AT_LEAST = 4;
/** A start waits for much on a busy machine, and the last story may just have begun when the time is over. */
const PATIENCE_MS = 240_000;

/** Side by side: most of a story is waiting, for redeliveries and for those who are started anew. */
const grounds = [useGround(), useGround(), useGround()];
const platforms: MortalPlatform[] = [];

beforeAll(async () => {
  platforms.push(...(await Promise.all(grounds.map(({ ground }) => MortalPlatform.start(ground)))));
}, PATIENCE_MS);
afterAll(() => Promise.all(platforms.map((platform) => platform.close())), PATIENCE_MS);

const anyStory = fc.array(anyStep, { minLength: 6, maxLength: 24, size: 'max' });

test(
  'whoever dies, whatever comes twice, and whatever Redis forgets: the books are those of the model',
  async () => {
    const until = Date.now() + TRY_FOR_MS;
    const ends: SaleBooks[] = [];
    const lanes = await Promise.allSettled(
      grounds.map(({ ground }, i) => tellStories(ground, platforms[i], seed + i, until, (books) => ends.push(books))),
    );
    const deaths = platforms.flatMap((platform) => platform.deaths);
    const orders = ends.flatMap((books) => Object.values(books.orders));
    const ended = (status: string) => orders.filter((each) => each === status).length;
    const [paid, cancelled, refunded] = [ended('PAID'), ended('CANCELLED'), ended('REFUNDED')];
    console.log(`TEST_SEED=${seed}: ${ends.length} stories, ${deaths.length} deaths, ${orders.length} orders`, {
      paid,
      cancelled,
      refunded,
      rejected: ends.flatMap((books) => books.rejections).length,
    });
    for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
    // It was tried.
    expect(deaths.length).toBeGreaterThan(grounds.length);
    expect(paid + refunded).toBeGreaterThan(0);
    expect(cancelled + refunded).toBeGreaterThan(0);
  },
  TRY_FOR_MS + PATIENCE_MS,
);

async function tellStories(
  ground: Ground,
  platform: MortalPlatform | undefined,
  itsSeed: number,
  until: number,
  ended: (books: SaleBooks) => void,
): Promise<void> {
  let told = 0;
  const property = fc.asyncProperty(anyStory, async (steps) => {
    if (platform === undefined || (Date.now() > until && told >= AT_LEAST)) return;
    told += 1;
    const story = await Story.begin(ground, platform);
    ended(await story.play(steps));
  });
  await fc.assert(property, { seed: itsSeed, numRuns: 1_000 * effort });
}
