import type { OrderEventName } from 'seckill-core';
import { publishOrderEvents } from '../../../orders/announce-orders.ts';
import type { OrderState } from '../../../orders/order-state.ts';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';

const statesStatement = loadStatement(import.meta.url, 'order-states');

type Row = Omit<OrderState, 'reason'> & { reason: string | null };

/** The reason that a refund's event carries. The order's own reason is that of its cancel. */
const REFUND_REASON = 'order-cancelled';

/** Publishes an event of each order again under its message id, so that it is stored once. Resolves to the ids that were published. */
export async function publishAgain(
  { prisma, publisher }: Pick<AuditContext, 'prisma' | 'publisher'>,
  event: OrderEventName,
  orderIds: readonly string[],
): Promise<string[]> {
  const rows = await prisma.$queryRawUnsafe<Row[]>(statesStatement, orderIds);
  const orders = rows.map(({ reason, ...row }) => ({
    ...row,
    ...(event === 'refunded' ? { reason: REFUND_REASON } : reason === null ? {} : { reason }),
  }));
  await publishOrderEvents({ publisher }, event, orders);
  return orders.map(({ orderId }) => orderId);
}
