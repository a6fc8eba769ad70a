import { type Static, Type } from 'typebox';
import { defineRpc } from '../../bus/rpc.ts';
import { IsoTime, Text } from '../../domain/fields.ts';
import { UserId } from '../../domain/user-id.ts';
import { MOST_KEYS, ServiceKey, WRITE_MS } from './service-key.ts';

const CouponState = Type.Union([Type.Literal('ISSUED'), Type.Literal('USED'), Type.Literal('REVOKED')]);
const CouponTemplate = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$', description: 'what the shop gives for it' });
const CODE_PATTERN = '^[A-Z0-9]{8,32}$';
const CouponCode = Type.String({ pattern: CODE_PATTERN });
/** Returns whether a coupon can have this code. */
export const isCouponCode = (code: string): boolean => new RegExp(CODE_PATTERN).test(code);

const Issue = Type.Object({ key: ServiceKey, userId: UserId, template: CouponTemplate });
export type Issue = Static<typeof Issue>;

const CouponStanding = Type.Object({
  key: ServiceKey,
  state: CouponState,
  code: Type.Optional({ ...CouponCode, description: 'missing if it was revoked before it was issued' }),
});
export type CouponStanding = Static<typeof CouponStanding>;

const Revoke = Type.Object({ key: ServiceKey, userId: UserId });
export type Revoke = Static<typeof Revoke>;

export const Coupon = Type.Object({
  code: CouponCode,
  template: CouponTemplate,
  userId: UserId,
  state: CouponState,
  issuedAt: IsoTime,
  usedAt: Type.Optional(IsoTime),
  revokedAt: Type.Optional(IsoTime),
});
export type Coupon = Static<typeof Coupon>;

export const CouponUse = Type.Object({
  userId: UserId,
  usedFor: { ...Text(1, 100), description: 'idempotency key: what it is used for, such as the id of a purchase in the shop' },
});

/**
 * What the coupons service answers. Calls that change something may be repeated, late and in any order: a coupon is issued once under a key, not after
 * it was revoked, and it is used once.
 */
export const couponCalls = {
  issueCoupons: defineRpc(
    'issue-coupons',
    Type.Object({ coupons: Type.Array(Issue, { maxItems: MOST_KEYS }) }),
    Type.Object({ results: Type.Array(CouponStanding) }),
    WRITE_MS,
  ),
  /** A used coupon stays USED. One that was never issued cannot be issued under the key any more. */
  revokeCoupons: defineRpc(
    'revoke-coupons',
    Type.Object({ coupons: Type.Array(Revoke, { maxItems: MOST_KEYS }) }),
    Type.Object({ results: Type.Array(CouponStanding) }),
    WRITE_MS,
  ),
  /** NOT_FOUND if the user has no such coupon, COUPON_NOT_USABLE if it was used for something else, or revoked. */
  redeemCoupon: defineRpc('redeem-coupon', Type.Object({ code: CouponCode, ...CouponUse.properties }), Coupon, WRITE_MS),
} as const;
