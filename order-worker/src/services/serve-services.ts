import { CallLane, couponCalls, pointsCalls, type Rpc, type RpcHandler, serveRpc } from 'seckill-core';
import type { TSchema } from 'typebox';
import type { WorkerContext } from '../servers/worker-context.ts';
import { observeLane } from '../telemetry/observe-lane.ts';
import { issueCoupons, redeemCoupon, revokeCoupons } from './coupons/coupon-book.ts';
import { awardPoints, readPoints, takeBackPoints } from './points/points-ledger.ts';

/** Calls bring batches, so few run at once: each holds a connection. */
const BOUNDS = { running: 2, waiting: 64 };

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;
type Calls = Record<string, Rpc<TSchema, TSchema>>;
type Handlers<Of extends Calls> = { [Kind in keyof Of]: RpcHandler<Of[Kind]['request'], Of[Kind]['reply']> };

/** Answers the calls of the points and the coupons service. `stop` takes no new calls and finishes those that run. */
export function serveServices(parts: Parts): { stop(): Promise<void> } {
  const { prisma } = parts;
  const served = [
    serve(parts, pointsCalls, {
      awardPoints: async ({ awards }) => ({ results: await awardPoints(prisma, awards) }),
      takeBackPoints: async ({ entries }) => {
        await takeBackPoints(prisma, entries);
        return {};
      },
      readPoints: ({ userId }) => readPoints(prisma, userId),
    }),
    serve(parts, couponCalls, {
      issueCoupons: async ({ coupons }) => ({ results: await issueCoupons(prisma, coupons) }),
      revokeCoupons: async ({ coupons }) => ({ results: await revokeCoupons(prisma, coupons) }),
      redeemCoupon: (use) => redeemCoupon(prisma, use),
    }),
  ];
  return { stop: async () => void (await Promise.all(served.map((each) => each.stop()))) };
}

function serve<Of extends Calls>({ nc, log, metrics }: Parts, calls: Of, handlers: Handlers<Of>): { stop(): Promise<void> } {
  const inFlight = new Set<Promise<unknown>>();
  const served = Object.entries(calls).map(([kind, rpc]) => {
    const lane = new CallLane(BOUNDS, observeLane(metrics, rpc.name));
    const handle = handlers[kind] as RpcHandler<TSchema, TSchema>;
    const tracked: typeof handle = (request, giveUpAt) => {
      const answer = handle(request, giveUpAt);
      inFlight.add(answer);
      answer.finally(() => inFlight.delete(answer)).catch(() => undefined);
      return answer;
    };
    return { lane, subscription: serveRpc(nc, rpc, tracked, log, lane) };
  });
  return {
    stop: async () => {
      await Promise.all(served.map(({ subscription: each }) => (each.isClosed() ? undefined : each.drain())));
      for (const { lane } of served) lane.close();
      await Promise.allSettled([...inFlight]);
    },
  };
}
