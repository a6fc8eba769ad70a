import { newId, Problem } from 'seckill-core';
import { type OwnOrder, unknownOrder } from '../orders/order-view.ts';
import { announceSoon } from '../orders/waiting-events/announce-waiting.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { Channel } from './provider.ts';
import { FIRST_QUERY_SECONDS } from './query-payments.ts';
import { readUnclosed, type StoredPayment } from './stored-payments.ts';

const openStatement = loadStatement(import.meta.url, 'open-payments');

const DECLINED_RETRY_MS = 500;

/** What a buyer asks for who wants to pay. */
export interface PaymentWish extends OwnOrder {
  /** Undefined: the first that the sale offers. */
  provider?: string | undefined;
  channel?: Channel | undefined;
  /** The buyer's id at the provider, if the channel needs it. */
  payerId?: string | undefined;
  /** BCP 47. */
  locale?: string | undefined;
}

interface OrderRow {
  orderId: string;
  userId: string;
  status: string;
  inTime: boolean;
}

/**
 * Opens a payment of each order, or finds the open one. A {@link Problem} in the place of an order that has none: NOT_FOUND, NOT_PAYABLE, or
 * VALIDATION_FAILED if its sale does not offer the provider.
 */
export async function openPayments(
  { prisma, publisher }: Pick<WorkerContext, 'prisma' | 'publisher'>,
  providers: readonly string[],
  asked: readonly PaymentWish[],
): Promise<(StoredPayment | Problem)[]> {
  const orderIds = asked.map(({ orderId }) => orderId);
  const paymentIds = asked.map(() => newId());
  const parameters = [
    paymentIds,
    orderIds,
    asked.map(({ userId }) => userId),
    asked.map(({ provider }) => provider ?? null),
    asked.map(({ channel }) => channel ?? null),
    asked.map(({ payerId }) => payerId ?? null),
    asked.map(({ locale }) => locale ?? 'en'),
    providers,
    FIRST_QUERY_SECONDS,
  ];
  await retryOnConflict(() => prisma.$executeRawUnsafe(openStatement, ...parameters));
  announceSoon({ prisma, publisher }, paymentIds);
  const unclosed = await readUnclosed(prisma, orderIds);
  const open = new Map(
    unclosed.filter(({ status, payable }) => status === 'CREATED' && payable).map((each) => [each.request.orderId, each]),
  );
  const opened = asked.map(({ orderId, userId }) => {
    const payment = open.get(orderId);
    return payment?.request.buyer === userId ? payment : undefined;
  });
  const refused = asked.filter((_, i) => opened[i] === undefined);
  if (refused.length === 0) return opened.filter((payment) => payment !== undefined);
  const orderOf = await readOrders(prisma, refused);
  return asked.map((wish, i) => opened[i] ?? whyNot(wish, orderOf.get(wish.orderId)));
}

async function readOrders(
  prisma: WorkerContext['prisma'],
  wishes: readonly PaymentWish[],
): Promise<ReadonlyMap<string, OrderRow>> {
  const orders = await prisma.$queryRaw<OrderRow[]>`
    SELECT o.id AS "orderId", o.user_id AS "userId", o.status::text AS status, o.pay_by > clock_timestamp() AS "inTime"
    FROM orders o
    WHERE o.id = ANY (${wishes.map(({ orderId }) => orderId)}::uuid[])`;
  return new Map(orders.map((order) => [order.orderId, order]));
}

function whyNot(wish: PaymentWish, order: OrderRow | undefined): Problem {
  if (order?.userId !== wish.userId) return unknownOrder(wish.orderId);
  return order.status === 'PENDING_PAYMENT' && order.inTime ? notOpened(wish) : notPayable(order);
}

function notOpened({ provider }: PaymentWish): Problem {
  if (provider !== undefined) return new Problem('VALIDATION_FAILED', `provider: this order cannot be paid with ${provider}.`);
  return new Problem('UNAVAILABLE', 'A payment of this order was declined just now. Try again.', DECLINED_RETRY_MS);
}

function notPayable({ orderId, status }: OrderRow): Problem {
  const why = status === 'PENDING_PAYMENT' ? 'its payment deadline has passed' : `it is ${status}`;
  return new Problem('NOT_PAYABLE', `Order ${orderId} cannot be paid: ${why}.`);
}
