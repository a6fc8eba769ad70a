import { randomBytes } from 'node:crypto';
import { type Coupon, type CouponStanding, type couponCalls, type Issue, Problem, type Revoke } from 'seckill-core';
import type { PrismaClient, Coupon as Row } from 'seckill-prisma';
import type { Static } from 'typebox';
import { retryOnConflict } from '../../servers/retry-on-conflict.ts';
import { loadStatement } from '../../servers/statement.ts';

const issueStatement = loadStatement(import.meta.url, 'issue-coupons');
const revokeStatement = loadStatement(import.meta.url, 'revoke-coupons');

/** Crockford's Base32: nothing that reads like another letter, so that a buyer can type it. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 80 bits: it cannot be guessed, and two never meet. */
const CODE_LETTERS = 16;

type Standing = Omit<CouponStanding, 'code'> & { code: string | null };

const standingOf = ({ code, ...standing }: Standing): CouponStanding => (code === null ? standing : { ...standing, code });

/** Issues a coupon once under each key; one result for each key. One that was revoked before is not issued. Idempotent. */
export async function issueCoupons(prisma: PrismaClient, coupons: readonly Issue[]): Promise<CouponStanding[]> {
  const rows = await retryOnConflict(() =>
    prisma.$queryRawUnsafe<Standing[]>(
      issueStatement,
      coupons.map(({ key }) => key),
      coupons.map(({ userId }) => userId),
      coupons.map(({ template }) => template),
      coupons.map(newCode),
    ),
  );
  return rows.map(standingOf);
}

/** Revokes the coupon of each key; one result for each key. A used one stays USED. A key without a coupon gets none later. Idempotent. */
export async function revokeCoupons(prisma: PrismaClient, coupons: readonly Revoke[]): Promise<CouponStanding[]> {
  const rows = await retryOnConflict(() =>
    prisma.$queryRawUnsafe<Standing[]>(
      revokeStatement,
      coupons.map(({ key }) => key),
      coupons.map(({ userId }) => userId),
    ),
  );
  return rows.map(standingOf);
}

type Redeeming = Static<typeof couponCalls.redeemCoupon.request>;

/** Uses a coupon, once. The same use again changes nothing. Throws NOT_FOUND and COUPON_NOT_USABLE. */
export async function redeemCoupon(prisma: PrismaClient, { code, userId, usedFor }: Redeeming): Promise<Coupon> {
  await prisma.coupon.updateMany({
    where: { code, userId, state: 'ISSUED' },
    data: { state: 'USED', usedAt: new Date(), usedFor },
  });
  const coupon = await prisma.coupon.findUnique({ where: { code } });
  if (coupon === null || coupon.userId !== userId) throw new Problem('NOT_FOUND', `User ${userId} has no coupon ${code}.`);
  if (coupon.state !== 'USED') throw new Problem('COUPON_NOT_USABLE', `Coupon ${code} was revoked.`);
  if (coupon.usedFor !== usedFor) throw new Problem('COUPON_NOT_USABLE', `Coupon ${code} was used for something else.`);
  return viewOf(coupon, code);
}

function viewOf({ template, userId, state, issuedAt, usedAt, revokedAt }: Row, code: string): Coupon {
  return {
    code,
    template: template ?? '',
    userId,
    state,
    issuedAt: (issuedAt ?? new Date(0)).toISOString(),
    ...(usedAt === null ? {} : { usedAt: usedAt.toISOString() }),
    ...(revokedAt === null ? {} : { revokedAt: revokedAt.toISOString() }),
  };
}

function newCode(): string {
  return Array.from(randomBytes(CODE_LETTERS), (byte) => LETTERS[byte % LETTERS.length]).join('');
}
