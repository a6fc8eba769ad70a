import { recount } from 'seckill-core';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { announceRestocked } from '../announce-restocked.ts';

/** Sets the units that Redis counts for an item and its buyers to what the reservations hold. Resolves to the item if any count was wrong. */
export async function recountUnits({ redis, nc }: Pick<AuditContext, 'redis' | 'nc'>, itemId: string): Promise<string[]> {
  const { live, held, usersDiffering, restocked } = await recount(redis, itemId, { set: true });
  if (restocked) announceRestocked({ nc }, itemId);
  return live === held && usersDiffering === 0 ? [] : [itemId];
}
