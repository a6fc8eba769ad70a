import type { Award, AwardResult, TakeBack, UserPoints } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { retryOnConflict } from '../../servers/retry-on-conflict.ts';
import { loadStatement } from '../../servers/statement.ts';

const awardStatement = loadStatement(import.meta.url, 'award-points');
const markStatement = loadStatement(import.meta.url, 'mark-taken-back');
const takeStatement = loadStatement(import.meta.url, 'take-from-accounts');

const NEWEST = 100;

/** Awards points once under each key; one result for each key. Points that were taken back before are not awarded. Idempotent. */
export function awardPoints(prisma: PrismaClient, awards: readonly Award[]): Promise<AwardResult[]> {
  return retryOnConflict(() =>
    prisma.$queryRawUnsafe<AwardResult[]>(
      awardStatement,
      awards.map(({ key }) => key),
      awards.map(({ userId }) => userId),
      awards.map(({ points }) => points),
    ),
  );
}

/** Takes back what was awarded under each key. A key without an award gets none later. Idempotent. */
export async function takeBackPoints(prisma: PrismaClient, entries: readonly TakeBack[]): Promise<void> {
  const keys = entries.map(({ key }) => key);
  const userIds = entries.map(({ userId }) => userId);
  await retryOnConflict(() =>
    prisma.$transaction(async (tx) => {
      const taken = await tx.$queryRawUnsafe<{ userId: string; points: number }[]>(markStatement, keys, userIds);
      if (taken.length === 0) return;
      const accounts = await tx.$executeRawUnsafe(
        takeStatement,
        taken.map(({ userId }) => userId),
        taken.map(({ points }) => points),
      );
      if (accounts !== taken.length)
        throw new Error(`${taken.length - accounts} of ${taken.length} points accounts are missing.`);
    }),
  );
}

export async function readPoints(prisma: PrismaClient, userId: string): Promise<UserPoints> {
  const [account, entries] = await Promise.all([
    prisma.pointsAccount.findUnique({ where: { userId } }),
    prisma.pointsEntry.findMany({ where: { userId }, orderBy: [{ awardedAt: 'desc' }, { key: 'desc' }], take: NEWEST }),
  ]);
  return {
    userId,
    balance: Number(account?.balance ?? 0),
    entries: entries.map(({ key, points, awardedAt, takenBackAt }) => ({
      key,
      points: Number(points),
      ...(awardedAt === null ? {} : { awardedAt: awardedAt.toISOString() }),
      ...(takenBackAt === null ? {} : { takenBackAt: takenBackAt.toISOString() }),
    })),
  };
}
