import { randomTests, useTestServers } from 'dev/test';
import fc from 'fast-check';
import { newId } from 'seckill-core';
import { createPrisma, type PrismaClient } from 'seckill-prisma';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCoupons, redeemCoupon, revokeCoupons } from '../../src/services/coupons/coupon-book.ts';
import { awardPoints, readPoints, takeBackPoints } from '../../src/services/points/points-ledger.ts';

const servers = useTestServers();
let prisma: PrismaClient;
beforeAll(() => {
  prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 12 });
});
afterAll(() => prisma.$disconnect());

const KEYS = 8;
const USERS = 3;
/** Each key belongs to one user, and to one number of points. */
const userOf = (key: number) => `user-${key % USERS}`;
const pointsOf = (key: number) => key + 1;

/** A batch of one kind of message. It may hold a key twice, and runs beside the others of its round. */
const anyBatch = fc.record({
  kind: fc.constantFrom('give', 'give', 'give', 'take'),
  keys: fc.array(fc.nat({ max: KEYS - 1 }), { minLength: 1, maxLength: 8 }),
});
const anyStory = fc.array(fc.array(anyBatch, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 6 });
type Story = typeof anyStory extends fc.Arbitrary<infer Value> ? Value : never;
const random = { ...randomTests, numRuns: 40 * randomTests.effort };

interface Writer {
  give(keys: readonly number[]): Promise<unknown>;
  take(keys: readonly number[]): Promise<unknown>;
}

/** Delivers the rounds one after the other, the messages of a round at once. Returns which keys were given and taken, and which were taken first. */
async function deliver(story: Story, { give, take }: Writer) {
  const given = new Set<number>();
  const taken = new Set<number>();
  const takenFirst = new Set<number>();
  for (const round of story) {
    const takenBefore = new Set(taken);
    await Promise.all(round.map(({ kind, keys }) => (kind === 'give' ? give(keys) : take(keys))));
    for (const { kind, keys } of round) for (const key of keys) (kind === 'give' ? given : taken).add(key);
    for (const key of takenBefore) if (!given.has(key)) takenFirst.add(key);
  }
  return { given, taken, takenFirst };
}

test('points are awarded once, and never after they were taken back, however often and in whichever order messages come', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const run = newId();
      const of = (key: number) => ({ key: `${run}:${key}`, userId: `${run} ${userOf(key)}` });
      const { given, taken } = await deliver(story, {
        give: (keys) =>
          awardPoints(
            prisma,
            keys.map((key) => ({ ...of(key), points: pointsOf(key) })),
          ),
        take: (keys) => takeBackPoints(prisma, keys.map(of)),
      });
      for (let user = 0; user < USERS; user += 1) {
        const mine = Array.from({ length: KEYS }, (_, key) => key).filter((key) => userOf(key) === `user-${user}`);
        const { balance, entries } = await readPoints(prisma, `${run} user-${user}`);
        expect(balance).toBe(
          mine.filter((key) => given.has(key) && !taken.has(key)).reduce((sum, key) => sum + pointsOf(key), 0),
        );
        expect(entries.map(({ key }) => key).sort()).toEqual(
          mine.filter((key) => given.has(key) || taken.has(key)).map((key) => of(key).key),
        );
      }
    }),
    { ...random },
  );
});

test('coupons are issued once, and never after they were revoked, however often and in whichever order messages come', async () => {
  await fc.assert(
    fc.asyncProperty(anyStory, async (story) => {
      const run = newId();
      const of = (key: number) => ({ key: `${run}:${key}`, userId: userOf(key) });
      const codes = new Map<string, Set<string | undefined>>();
      const { given, taken, takenFirst } = await deliver(story, {
        give: async (keys) => {
          const results = await issueCoupons(
            prisma,
            keys.map((key) => ({ ...of(key), template: 'thanks' })),
          );
          for (const { key, code } of results) codes.set(key, (codes.get(key) ?? new Set()).add(code));
        },
        take: (keys) => revokeCoupons(prisma, keys.map(of)),
      });
      for (const key of new Set([...given, ...taken])) {
        const coupon = await prisma.coupon.findUniqueOrThrow({ where: { key: of(key).key } });
        expect(coupon.state).toBe(taken.has(key) ? 'REVOKED' : 'ISSUED');
        if (takenFirst.has(key)) expect(coupon.code).toBeNull();
        // Each call that issued it was told the same code.
        if (given.has(key)) expect([...(codes.get(of(key).key) ?? [])]).toEqual([coupon.code ?? undefined]);
      }
    }),
    { ...random },
  );
});

test('a coupon is used once, by its owner, and then it stays', async () => {
  const key = newId();
  const [issued] = await issueCoupons(prisma, [{ key, userId: 'ada', template: 'thanks' }]);
  const code = issued?.code ?? '';
  await expect(redeemCoupon(prisma, { code, userId: 'bob', usedFor: 'basket 1' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const uses = await Promise.allSettled(
    ['basket 1', 'basket 2', 'basket 1'].map((usedFor) => redeemCoupon(prisma, { code, userId: 'ada', usedFor })),
  );
  const usedFor = (await prisma.coupon.findUniqueOrThrow({ where: { key } })).usedFor;
  expect(uses.map(({ status }) => status)).toEqual(
    ['basket 1', 'basket 2', 'basket 1'].map((each) => (each === usedFor ? 'fulfilled' : 'rejected')),
  );
  expect(await revokeCoupons(prisma, [{ key, userId: 'ada' }])).toEqual([{ key, code, state: 'USED' }]);
});

test('a revoked coupon cannot be used', async () => {
  const key = newId();
  const [issued] = await issueCoupons(prisma, [{ key, userId: 'ada', template: 'thanks' }]);
  await revokeCoupons(prisma, [{ key, userId: 'ada' }]);
  const use = { code: issued?.code ?? '', userId: 'ada', usedFor: 'basket' };
  await expect(redeemCoupon(prisma, use)).rejects.toMatchObject({ code: 'COUPON_NOT_USABLE' });
});
