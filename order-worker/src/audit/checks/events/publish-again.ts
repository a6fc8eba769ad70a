import type { OrderEventName } from 'seckill-core';
import { publishOrderEvents } from '../../orders/announce-orders.ts';
import type { OrderState } from '../../orders/order-state.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { AuditContext } from '../audit-context.ts';

const statesStatement = loadStatement(import.meta.url, 'order-states');

type Row = Omit<OrderState, 'reason'> & { reason: string | null };

/** As whoever refunds says it; the order's own reason is that of its cancel. */
const REFUND_REASON = 'order-cancelled';

/** Publishes an event of each order once more, under the id that it has: where two repairs do so at once, or it is stored after all, it is stored once. */
export async function announceAgain(
  context: AuditContext,
  event: OrderEventName,
  orderIds: readonly string[],
): Promise<string[]> {
  const rows = await context.prisma.$queryRawUnsafe<Row[]>(statesStatement, orderIds);
  const orders = rows.map(({ reason, ...row }) => ({
    ...row,
    ...(event === 'refunded' ? { reason: REFUND_REASON } : reason === null ? {} : { reason }),
  }));
  await publishOrderEvents(context, event, orders);
  return orders.map(({ orderId }) => orderId);
}
