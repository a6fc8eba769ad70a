import { type PaymentReceived, Problem, paymentReceived, send, type settleRefundRequest } from 'seckill-core';
import type { PrismaClient, Refund } from 'seckill-prisma';
import type { Static } from 'typebox';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { type RefundWriter, settleRefundsAndAnnounce } from './announce-refunds.ts';
import { lockOrder, OPERATOR, WITHIN } from './refund-order.ts';

type Wish = Static<typeof settleRefundRequest>;

export type Settler = RefundWriter & Pick<WorkerContext, 'publisher'>;

/**
 * Settles a refund that its provider has refused, and whose buyer got the money another way. From then on it counts as one that the provider has done.
 * Idempotent. Throws NOT_FOUND and NOT_REFUNDABLE.
 */
export async function settleOutside(parts: Settler, wish: Wish): Promise<void> {
  const refund = await markSettled(parts.prisma, wish);
  if (refund.state === 'DONE') return;
  const event = eventOf(refund);
  // Stored first: its consumer finishes what a crash here leaves.
  await send(parts.publisher, paymentReceived, event);
  await settleRefundsAndAnnounce(parts, [event]);
}

/** The order's lock keeps an operator from trying the refund again at the same moment. The first note stays. */
function markSettled(prisma: PrismaClient, { orderId, refundId, note }: Wish): Promise<Refund> {
  return prisma.$transaction(async (tx) => {
    await lockOrder(tx, orderId);
    const refund = await tx.refund.findUnique({ where: { id: refundId, orderId } });
    if (refund === null) throw new Problem('NOT_FOUND', `Order ${orderId} has no refund ${refundId}.`);
    if (refund.settledBy !== null) return refund;
    if (refund.state !== 'REFUSED') {
      throw new Problem('NOT_REFUNDABLE', `The provider has not refused refund ${refundId}: it is ${refund.state}.`);
    }
    if (refund.retriedBy !== null) {
      throw new Problem('NOT_REFUNDABLE', `Refund ${refund.retriedBy} took the place of ${refundId}: settle that one.`);
    }
    return tx.refund.update({ where: { id: refundId }, data: { settledBy: OPERATOR, settledNote: note } });
  }, WITHIN);
}

function eventOf({ id, paymentId, orderId, amountCents, currency, settledBy, settledNote }: Refund): PaymentReceived {
  return {
    eventId: `outside:${id}`,
    type: 'refund.done',
    paymentId,
    orderId,
    refundId: id,
    amountCents: Number(amountCents),
    currency,
    settledBy: settledBy ?? OPERATOR,
    ...(settledNote === null ? {} : { note: settledNote }),
  };
}
