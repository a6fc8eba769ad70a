import { broadcast, saleChanged } from 'seckill-core';
import { rebuildItem } from '../../../stock/rebuild-item.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';

/** Reopens an item that Redis does not know, or knows with other settings than PostgreSQL. Resolves to the item if it was reopened. */
export async function reopenItem(context: AuditContext, itemId: string): Promise<string[]> {
  const rebuilt = await rebuildItem(context, itemId, { settings: true });
  if (rebuilt !== 'OPENED') return [];
  const { nc, prisma, sale } = context;
  const { version } = await prisma.sale.findUniqueOrThrow({ where: { id: sale.id }, select: { version: true } });
  broadcast(nc, saleChanged, { saleId: sale.id, version });
  return [itemId];
}
