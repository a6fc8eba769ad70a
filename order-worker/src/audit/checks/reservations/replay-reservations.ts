import { findReservations } from 'seckill-core';
import { readRecorded } from '../../../stock/recorded-reservations.ts';
import { replayRecorded } from '../../../stock/replay-orders.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { agree } from '../../evidence/compare-reservations.ts';
import { announceRestocked } from '../announce-restocked.ts';
import { byItem } from '../by-item.ts';

type Parts = Pick<AuditContext, 'nc' | 'redis' | 'prisma'>;

/** Moves reservations in Redis to PostgreSQL's state, as a rebuild does for every reservation. Resolves to the ids that moved. */
export async function replayReservations(parts: Parts, ids: readonly string[]): Promise<string[]> {
  const moved: string[] = [];
  for (const [itemId, reservationIds] of byItem(ids)) {
    const behind = await select(parts, itemId, reservationIds, 'differing');
    const recorded = await readRecorded(parts.prisma, behind);
    if (await replayRecorded(parts.redis, itemId, [...recorded.values()])) announceRestocked(parts, itemId);
    moved.push(...(await select(parts, itemId, behind, 'agreeing')));
  }
  return moved;
}

/** Returns those of the reservations on which Redis and PostgreSQL agree now, or those on which they differ. */
async function select(
  { redis, prisma }: Parts,
  itemId: string,
  ids: readonly string[],
  which: 'agreeing' | 'differing',
): Promise<string[]> {
  // Redis first: it follows PostgreSQL, so a reservation that moves between the two reads appears behind and never ahead.
  const records = await findReservations(redis, itemId, ids);
  const recorded = await readRecorded(prisma, ids);
  return ids.filter((id) => {
    const record = records.get(id);
    return (record !== undefined && agree(record, recorded.get(id))) === (which === 'agreeing');
  });
}
