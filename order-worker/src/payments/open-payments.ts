import { newId, Problem } from 'seckill-core';
import { type OwnOrder, unknownOrder } from '../orders/order-view.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { CheckoutRequest } from './payment-provider.ts';

const openStatement = loadStatement(import.meta.url, 'open-payments');

const DECLINED_RETRY_MS = 500;

/** An open payment, as the provider has to know it. */
export type OpenPayment = CheckoutRequest;

type Row = Omit<OpenPayment, 'paymentId'> & { userId: string; status: string; inTime: boolean; paymentId: string | null };
type Parts = Pick<WorkerContext, 'prisma'>;

/** Opens a payment of each order, or finds the open one. A {@link Problem} in the place of an order that has none: NOT_FOUND or NOT_PAYABLE. */
export async function openPayments({ prisma }: Parts, asked: readonly OwnOrder[]): Promise<(OpenPayment | Problem)[]> {
  const orderIds = asked.map(({ orderId }) => orderId);
  const paymentIds = asked.map(() => newId());
  const userIds = asked.map(({ userId }) => userId);
  await retryOnConflict(() => prisma.$executeRawUnsafe(openStatement, paymentIds, orderIds, userIds));
  const rows = await prisma.$queryRaw<Row[]>`
    SELECT o.id AS "orderId", o.user_id AS "userId", o.status::text AS status, o.pay_by > clock_timestamp() AS "inTime",
      o.amount_cents::float8 AS "amountCents", o.currency, p.id AS "paymentId"
    FROM orders o
    LEFT JOIN payments p ON p.order_id = o.id AND p.status = 'CREATED'
    WHERE o.id = ANY (${orderIds}::uuid[])`;
  const rowOf = new Map(rows.map((row) => [row.orderId, row]));
  return asked.map(({ userId, orderId }) => {
    const row = rowOf.get(orderId);
    return row?.userId === userId ? openPaymentOf(row) : unknownOrder(orderId);
  });
}

function openPaymentOf({ paymentId, orderId, amountCents, currency, status, inTime }: Row): OpenPayment | Problem {
  if (status === 'PENDING_PAYMENT' && inTime) {
    if (paymentId !== null) return { paymentId, orderId, amountCents, currency };
    return new Problem('UNAVAILABLE', 'A payment of this order was declined just now. Try again.', DECLINED_RETRY_MS);
  }
  const why = status === 'PENDING_PAYMENT' ? 'its payment deadline has passed' : `it is ${status}`;
  return new Problem('NOT_PAYABLE', `Order ${orderId} cannot be paid: ${why}.`);
}
