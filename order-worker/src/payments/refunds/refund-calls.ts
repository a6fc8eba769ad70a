import type { calls, RpcHandler } from 'seckill-core';
import { adminOrder } from '../../orders/admin-order.ts';
import { announceSoon } from '../../orders/waiting-events/announce-waiting.ts';
import { listRefused } from './list-refused.ts';
import { refundOrder, retryRefund } from './refund-order.ts';
import { type Settler, settleOutside } from './settle-outside.ts';

export type RefundCalls = 'adminOrder' | 'refundOrder' | 'retryRefund' | 'settleRefund' | 'listRefusedRefunds';
type Handlers = { [Kind in RefundCalls]: RpcHandler<(typeof calls)[Kind]['request'], (typeof calls)[Kind]['reply']> };

/** What operators do with refunds. `refundDecided` is called after the commit. */
export function refundCalls(parts: Settler, refundDecided: () => void): Handlers {
  const { prisma } = parts;
  return {
    adminOrder: ({ orderId }) => adminOrder(prisma, orderId),
    refundOrder: async (wish) => {
      announceSoon(parts, [await refundOrder(prisma, wish)]);
      refundDecided();
      return adminOrder(prisma, wish.orderId);
    },
    retryRefund: async (wish) => {
      announceSoon(parts, [await retryRefund(prisma, wish)]);
      refundDecided();
      return adminOrder(prisma, wish.orderId);
    },
    settleRefund: async (wish) => {
      await settleOutside(parts, wish);
      return adminOrder(prisma, wish.orderId);
    },
    listRefusedRefunds: (listing) => listRefused(prisma, listing),
  };
}
