import type { OrderChange, RefundOfEvent } from 'seckill-core';
import type { OrderState } from '../../../orders/order-state.ts';
import { publishOrderEvents } from '../../../orders/publish-order-events.ts';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';

const statesStatement = loadStatement(import.meta.url, 'order-states');

type Row = Omit<OrderState, 'reason' | 'refund'> & { reason: string | null; refund: RefundOfEvent | null };

/** Publishes an event of each order again. Resolves to the ids that were published. */
export async function publishAgain(
  { prisma, publisher }: Pick<AuditContext, 'prisma' | 'publisher'>,
  event: OrderChange,
  orderIds: readonly string[],
): Promise<string[]> {
  const rows = await prisma.$queryRawUnsafe<Row[]>(statesStatement, orderIds);
  const orders = rows.map((row) => ({ ...row, reason: row.reason ?? undefined, refund: row.refund ?? undefined }));
  await publishOrderEvents({ publisher }, event, orders, { repeat: true });
  return orders.map(({ orderId }) => orderId);
}
