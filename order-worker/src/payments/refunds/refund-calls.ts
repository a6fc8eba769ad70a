import type { calls, RpcHandler } from 'seckill-core';
import { adminOrder } from '../../orders/admin-order.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { listRefused } from './list-refused.ts';
import { refundOrder, retryRefund } from './refund-order.ts';

export type RefundCalls = 'adminOrder' | 'refundOrder' | 'retryRefund' | 'listRefusedRefunds';
type Handlers = { [Kind in RefundCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };

/** What operators do with refunds. `refundDecided` is called after the commit. */
export function refundCalls({ prisma }: Pick<WorkerContext, 'prisma'>, refundDecided: () => void): Handlers {
  return {
    adminOrder: ({ orderId }) => adminOrder(prisma, orderId),
    refundOrder: async (wish) => {
      await refundOrder(prisma, wish);
      refundDecided();
      return adminOrder(prisma, wish.orderId);
    },
    retryRefund: async (wish) => {
      await retryRefund(prisma, wish);
      refundDecided();
      return adminOrder(prisma, wish.orderId);
    },
    listRefusedRefunds: (listing) => listRefused(prisma, listing),
  };
}
