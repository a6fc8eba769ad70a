import type { NatsConnection } from '@nats-io/transport-node';
import {
  type Award,
  type AwardResult,
  type CouponStanding,
  callRpc,
  couponCalls,
  type Issue,
  pointsCalls,
  type Revoke,
  type TakeBack,
} from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { gather } from '../../servers/gather.ts';
import type { Warehouse } from '../../services/fulfilment/warehouse.ts';

export interface ShopSettings {
  /** For each whole unit of the order's currency; 0 for none. */
  pointsPerUnit: number;
  /** None: no coupons. */
  couponTemplate: string | undefined;
  /** The units of an order that the warehouse refused go back to sale. */
  returnsUnits: boolean;
}

/** What the saga reaches: the order's own books, two services by messages alone, and the warehouse over HTTP. */
export interface Shop extends ShopSettings {
  prisma: PrismaClient;
  warehouse: Warehouse | undefined;
  /** Called after a refund was decided, with its id. */
  refundDecided: (refundId: string) => void;
  award(award: Award): Promise<AwardResult>;
  takeBack(entry: TakeBack): Promise<unknown>;
  issue(coupon: Issue): Promise<CouponStanding>;
  revoke(coupon: Revoke): Promise<CouponStanding>;
}

/** Sagas that call a service at the same time share messages, so an order costs a service a few microseconds. */
const SHARED = { most: 250, atOnce: 2 };

type Parts = Pick<Shop, 'prisma' | 'warehouse' | 'refundDecided'> & { nc: NatsConnection };

export const openShop = ({ nc, ...parts }: Parts, settings: ShopSettings): Shop => ({
  ...parts,
  ...settings,
  award: gather(async (awards) => inOrder(awards, (await callRpc(nc, pointsCalls.awardPoints, { awards })).results), SHARED),
  takeBack: gather(async (entries) => {
    await callRpc(nc, pointsCalls.takeBackPoints, { entries });
    return entries;
  }, SHARED),
  issue: gather(async (coupons) => inOrder(coupons, (await callRpc(nc, couponCalls.issueCoupons, { coupons })).results), SHARED),
  revoke: gather(
    async (coupons) => inOrder(coupons, (await callRpc(nc, couponCalls.revokeCoupons, { coupons })).results),
    SHARED,
  ),
});

type Keyed = { key: string };

function inOrder<Result extends Keyed>(asked: readonly Keyed[], results: readonly Result[]): (Result | Error)[] {
  const byKey = new Map(results.map((result) => [result.key, result]));
  return asked.map(({ key }) => byKey.get(key) ?? new Error(`The service did not answer for ${key}.`));
}
