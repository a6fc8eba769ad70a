import { newId, Problem } from 'seckill-core';
import { findOrder } from '../orders/order-view.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { type PaymentProvider, ProviderUnavailable } from './payment-provider.ts';

const openStatement = loadStatement(import.meta.url, 'open-payment');

const DECLINED_RETRY_MS = 500;

interface OpenPayment {
  paymentId: string;
  amountCents: number;
  currency: string;
  checkoutUrl: string | null;
}

type Parts = Pick<WorkerContext, 'prisma' | 'log'>;

/**
 * Starts a payment of an order. While a payment is open, returns that one; after a declined payment, starts another.
 * Throws NOT_FOUND, NOT_PAYABLE, and UNAVAILABLE if the provider does not answer.
 */
export async function startPayment(
  parts: Parts,
  provider: PaymentProvider,
  { userId, orderId }: { userId: string; orderId: string },
): Promise<{ paymentId: string; checkoutUrl: string }> {
  const { prisma } = parts;
  await findOrder(prisma, userId, orderId);
  await prisma.$executeRawUnsafe(openStatement, newId(), orderId);
  const { checkoutUrl: known, ...payment } = await readOpenPayment(prisma, orderId);
  const checkoutUrl = await createCheckout(parts, provider, { orderId, ...payment });
  if (checkoutUrl !== known) await prisma.payment.update({ where: { id: payment.paymentId }, data: { checkoutUrl } });
  return { paymentId: payment.paymentId, checkoutUrl };
}

async function readOpenPayment(prisma: Parts['prisma'], orderId: string): Promise<OpenPayment> {
  const [order] = await prisma.$queryRaw<(OpenPayment & { status: string; inTime: boolean; paymentId: string | null })[]>`
    SELECT p.id AS "paymentId", o.amount_cents::float8 AS "amountCents", o.currency, p.checkout_url AS "checkoutUrl",
      o.status::text AS status, o.pay_by > clock_timestamp() AS "inTime"
    FROM orders o
    LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'CREATED'
    WHERE o.id = ${orderId}::uuid`;
  if (order?.status === 'PENDING_PAYMENT' && order.inTime) {
    const { paymentId, amountCents, currency, checkoutUrl } = order;
    if (paymentId !== null) return { paymentId, amountCents, currency, checkoutUrl };
    throw new Problem('UNAVAILABLE', 'A payment of this order was declined just now. Try again.', DECLINED_RETRY_MS);
  }
  const why = order?.status === 'PENDING_PAYMENT' ? 'its payment deadline has passed' : `it is ${order?.status}`;
  throw new Problem('NOT_PAYABLE', `Order ${orderId} cannot be paid: ${why}.`);
}

/** Returns the address of the checkout. The provider returns the same checkout for the same payment, at an address that is valid now. */
async function createCheckout(
  { log }: Parts,
  provider: PaymentProvider,
  { paymentId, orderId, amountCents, currency }: Omit<OpenPayment, 'checkoutUrl'> & { orderId: string },
): Promise<string> {
  try {
    return (await provider.createCheckout({ paymentId, orderId, amountCents, currency })).checkoutUrl;
  } catch (error) {
    if (!(error instanceof ProviderUnavailable)) throw error;
    log.warn({ err: error, orderId }, 'the payment provider does not answer');
    throw new Problem('UNAVAILABLE', 'The payment provider does not answer. Try again.', 2_000);
  }
}
