import { Coupon, CouponUse, couponCalls, isCouponCode, Problem, pointsCalls, UserId, UserPoints } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

/** Points and coupons. Their services answer only if the workers have sagas. */
export async function loyaltyRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/users/:userId/points',
    {
      schema: {
        ...operatorCall,
        summary: 'Show the points of a user',
        params: Type.Object({ userId: UserId }),
        response: { 200: UserPoints, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    (request) => nats.ask(pointsCalls.readPoints, request.params),
  );

  app.post(
    '/api/admin/coupons/:code/redeem',
    {
      schema: {
        ...operatorCall,
        summary: "Use a user's coupon, once",
        description: 'Repeating the call with the same `usedFor` changes nothing.',
        params: Type.Object({ code: Type.String() }),
        body: Type.Object(CouponUse.properties, { additionalProperties: false }),
        response: {
          200: Coupon,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'COUPON_NOT_USABLE', 'UNAVAILABLE'),
        },
      },
    },
    (request) => nats.ask(couponCalls.redeemCoupon, { code: knownCode(request.params.code), ...request.body }),
  );
}

/** Throws NOT_FOUND if no coupon can have this code, so that no worker is asked. */
function knownCode(code: string): string {
  if (!isCouponCode(code)) throw new Problem('NOT_FOUND');
  return code;
}
