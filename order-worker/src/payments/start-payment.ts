import { newId, Problem } from 'seckill-core';
import { findOrder } from '../orders/order-view.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../worker-context.ts';
import { type PaymentProvider, ProviderUnavailable } from './payment-provider.ts';

const openStatement = loadStatement(import.meta.url, 'open-payment');

const DECLINED_RETRY_MS = 500;

interface OpenPayment {
  paymentId: string;
  amountCents: number;
  currency: string;
  checkoutUrl: string | null;
}

/**
 * Starts paying an order. While a payment is open, starting again answers the same one; after a declined one a new one is begun.
 * Throws NOT_FOUND, NOT_PAYABLE, and UNAVAILABLE where the provider does not answer.
 */
export async function startPayment(
  context: WorkerContext,
  provider: PaymentProvider,
  { userId, orderId }: { userId: string; orderId: string },
): Promise<{ paymentId: string; checkoutUrl: string }> {
  const { prisma } = context;
  await findOrder(prisma, userId, orderId);
  await prisma.$executeRawUnsafe(openStatement, newId(), orderId);
  const { checkoutUrl: known, ...payment } = await readOpenPayment(context, orderId);
  const checkoutUrl = await createCheckout(context, provider, { orderId, ...payment });
  if (checkoutUrl !== known) await prisma.payment.update({ where: { id: payment.paymentId }, data: { checkoutUrl } });
  return { paymentId: payment.paymentId, checkoutUrl };
}

async function readOpenPayment({ prisma }: WorkerContext, orderId: string): Promise<OpenPayment> {
  const [order] = await prisma.$queryRaw<(OpenPayment & { status: string; inTime: boolean; paymentId: string | null })[]>`
    SELECT p.id AS "paymentId", o.amount_cents::float8 AS "amountCents", o.currency, p.checkout_url AS "checkoutUrl",
      o.status::text AS status, o.pay_by > clock_timestamp() AS "inTime"
    FROM orders o
    LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'CREATED'
    WHERE o.id = ${orderId}::uuid`;
  if (order?.status === 'PENDING_PAYMENT' && order.inTime) {
    const { paymentId, amountCents, currency, checkoutUrl } = order;
    if (paymentId !== null) return { paymentId, amountCents, currency, checkoutUrl };
    throw new Problem('UNAVAILABLE', 'A payment of this order was declined at this very moment. Try again.', DECLINED_RETRY_MS);
  }
  const why = order?.status === 'PENDING_PAYMENT' ? 'its time to pay is over' : `it is ${order?.status}`;
  throw new Problem('NOT_PAYABLE', `Order ${orderId} cannot be paid: ${why}.`);
}

/** The provider answers the same checkout to the same payment, at the address that is good now. */
async function createCheckout(
  { log }: WorkerContext,
  provider: PaymentProvider,
  { paymentId, orderId, amountCents, currency }: Omit<OpenPayment, 'checkoutUrl'> & { orderId: string },
): Promise<string> {
  try {
    return (await provider.createCheckout({ paymentId, orderId, amountCents, currency })).checkoutUrl;
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error;
    log.warn({ err: error, orderId }, 'the payment provider does not answer');
    throw new Problem('UNAVAILABLE', 'The payment provider does not answer at the moment. Try again.', 2_000);
  }
}
