import { newId, type OrderNotice, Problem, type refundOrderRequest, type retryRefundRequest } from 'seckill-core';
import type { Order, Prisma, PrismaClient, Refund } from 'seckill-prisma';
import type { Static } from 'typebox';
import { keptPayment, refundableCents } from './refundable.ts';

export const WITHIN = { maxWait: 5_000, timeout: 15_000 };

/** Until operators have names. */
export const OPERATOR = 'operator';

/**
 * Decides to give back a PAID order's money, all that is left of it or a part, once for each request id. The order's lock keeps two operators from
 * giving back the same money. Resolves to the refund's id. Throws NOT_FOUND, NOT_REFUNDABLE and REQUEST_ID_REUSED.
 */
export async function refundOrder(
  prisma: PrismaClient,
  wish: Static<typeof refundOrderRequest>,
  requestedBy = OPERATOR,
): Promise<string> {
  const { orderId, amountCents, reason, returnUnits, requestId } = wish;
  return prisma.$transaction(async (tx) => {
    const order = await lockOrder(tx, orderId);
    const refunds = await tx.refund.findMany({ where: { orderId } });
    const before = refunds.find((refund) => refund.requestId === requestId);
    if (before !== undefined) return sameRefund(before, wish);
    const payments = await tx.payment.findMany({ where: { orderId } });
    const payment = keptPayment(payments);
    const left = refundableCents(payments, refunds);
    if (order.status === 'PAID' && payment === undefined) throw isFree(order);
    if (order.status !== 'PAID' || payment === undefined || left === 0 || (amountCents ?? 0) > left)
      throw notRefundable(order, left);
    const id = newId();
    await tx.refund.create({
      data: {
        id,
        ...(await willAnnounce(tx, id, order)),
        paymentId: payment.id,
        orderId,
        amountCents: BigInt(amountCents ?? left),
        currency: payment.currency,
        reason: 'operator',
        note: reason,
        requestedBy,
        requestId,
        returnsUnits: returnUnits,
      },
    });
    return id;
  }, WITHIN);
}

/** Begins a refund in the place of one that the provider has refused, under another id, which it resolves to. Idempotent. Throws NOT_FOUND and NOT_REFUNDABLE. */
export async function retryRefund(
  prisma: PrismaClient,
  { orderId, refundId }: Static<typeof retryRefundRequest>,
): Promise<string> {
  return prisma.$transaction(async (tx) => {
    const order = await lockOrder(tx, orderId);
    const refunds = await tx.refund.findMany({ where: { orderId } });
    const refused = refunds.find(({ id }) => id === refundId);
    if (refused === undefined) throw new Problem('NOT_FOUND', `Order ${orderId} has no refund ${refundId}.`);
    if (refused.retriedBy !== null) return refused.retriedBy;
    if (refused.state !== 'REFUSED') {
      throw new Problem('NOT_REFUNDABLE', `The provider has not refused refund ${refundId}: it is ${refused.state}.`);
    }
    if (refused.settledBy !== null) {
      throw new Problem('NOT_REFUNDABLE', `Refund ${refundId} is settled outside its provider: the buyer has the money.`);
    }
    const { paymentId, amountCents, currency, reason, note, requestedBy, returnsUnits } = refused;
    if (reason === 'operator') {
      const left = refundableCents(await tx.payment.findMany({ where: { orderId } }), refunds);
      if (Number(amountCents) > left) throw notRefundable(order, left);
    }
    const id = newId();
    await tx.refund.create({
      data: {
        ...{ id, paymentId, orderId, amountCents, currency, reason, note, requestedBy, returnsUnits },
        ...(await willAnnounce(tx, id, order)),
      },
    });
    await tx.refund.update({ where: { id: refundId }, data: { retriedBy: id } });
    return id;
  }, WITHIN);
}

type LockedOrder = Pick<Order, 'id' | 'status' | 'version'>;

/** Returns what the refund has in common with its event. */
async function willAnnounce(tx: Prisma.TransactionClient, refId: string, { id: orderId, version }: LockedOrder) {
  const event: OrderNotice = 'refund-accepted';
  const { happenedAt } = await tx.waitingEvent.create({ data: { refId, event, orderId, version } });
  return { createdAt: happenedAt, acceptedVersion: version };
}

/** Throws NOT_FOUND. */
export async function lockOrder(tx: Prisma.TransactionClient, orderId: string): Promise<LockedOrder> {
  const [order] = await tx.$queryRaw<LockedOrder[]>`
    SELECT id::text, status::text, version FROM orders WHERE id = ${orderId}::uuid FOR NO KEY UPDATE`;
  if (order === undefined) throw new Problem('NOT_FOUND', `There is no order ${orderId}.`);
  return order;
}

/** Returns its id. Throws REQUEST_ID_REUSED if the wish was another one. */
function sameRefund(before: Refund, { requestId, amountCents, reason, returnUnits }: Static<typeof refundOrderRequest>): string {
  const same =
    (amountCents === undefined || Number(before.amountCents) === amountCents) &&
    before.note === reason &&
    before.returnsUnits === returnUnits;
  if (same) return before.id;
  throw new Problem('REQUEST_ID_REUSED', `Request ${requestId} already began refund ${before.id}, with other content.`);
}

function notRefundable({ id, status }: Pick<Order, 'id' | 'status'>, left: number): Problem {
  const why = status === 'PAID' ? `${left} of its minor units can still be given back` : `it is ${status}`;
  return new Problem('NOT_REFUNDABLE', `Order ${id} cannot be refunded so: ${why}.`);
}

const isFree = ({ id }: Pick<Order, 'id'>): Problem =>
  new Problem(
    'NOT_REFUNDABLE',
    `Order ${id} was paid without money, so there is none to give back. To sell as many units again, add them to the item's stock.`,
  );
