import { Problem } from 'seckill-core';
import { refundOrder } from '../../payments/refunds/refund-order.ts';
import type { DoOutcome, SagaOrder, UndoOutcome } from '../saga.ts';
import type { Shop } from './shop.ts';

/** In the books, for the person who asked for the refund. */
const REQUESTED_BY = 'saga';
/** Once for each order. */
const REQUEST_ID = 'saga:after-paid';
/** What a refund's note may have, in characters. */
const LONGEST_NOTE = 500;

/** The event of a refund may have been handled before that of the payment. */
export async function seePayment(_: Shop, { status }: SagaOrder): Promise<DoOutcome> {
  return status === 'REFUNDED' ? { is: 'refused', why: 'All money of the order has gone back.' } : { is: 'done' };
}

/** Ends once all money has gone back, by this refund or by that of an operator. The event of the refund makes the saga look again at once. */
export async function refundPayment(
  { prisma, returnsUnits, refundDecided }: Shop,
  { orderId, status, amountCents }: SagaOrder,
  why: string,
): Promise<UndoOutcome> {
  if (status === 'REFUNDED') return { is: 'done' };
  if (amountCents === 0)
    return { is: 'kept', why: 'The order was free, so there is no money to give back. Its units stay sold.' };
  const wish = { orderId, reason: why.slice(0, LONGEST_NOTE), returnUnits: returnsUnits, requestId: REQUEST_ID };
  try {
    refundDecided(await refundOrder(prisma, wish, REQUESTED_BY));
  } catch (error) {
    // It was decided before, or an operator has: what is left to do is to wait for the provider.
    const isDecided = error instanceof Problem && (error.code === 'REQUEST_ID_REUSED' || error.code === 'NOT_REFUNDABLE');
    if (!isDecided) throw error;
  }
  return { is: 'later', why: 'The refund is under way at the payment provider.' };
}
