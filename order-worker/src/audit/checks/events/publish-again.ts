import type { OrderChange } from 'seckill-core';
import { readOrderStates } from '../../../orders/order-states.ts';
import { publishOrderEvents } from '../../../orders/publish-order-events.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';

/** Publishes an event of each order again. Resolves to the ids that were published. */
export async function publishAgain(
  { prisma, publisher }: Pick<AuditContext, 'prisma' | 'publisher'>,
  event: OrderChange,
  orderIds: readonly string[],
): Promise<string[]> {
  const orders = await readOrderStates(prisma, orderIds);
  await publishOrderEvents({ publisher }, event, orders, { repeat: true });
  return orders.map(({ orderId }) => orderId);
}
