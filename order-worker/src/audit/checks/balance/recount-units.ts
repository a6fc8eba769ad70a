import { recount } from 'seckill-core';
import type { AuditContext } from '../audit-context.ts';
import { announceRestocked } from './announce-restocked.ts';

/** Sets the units that Redis counts for an item and its buyers to what the reservations hold. */
export async function recountUnits(context: AuditContext, itemId: string): Promise<string[]> {
  const { live, held, usersDiffering, restocked } = await recount(context.redis, itemId, { set: true });
  if (restocked) announceRestocked(context, itemId);
  return live === held && usersDiffering === 0 ? [] : [itemId];
}
