import { itemIdOf, itemKeys, parseReservationRecord } from 'seckill-core';
import { readRecorded } from '../../stock/recorded-reservations.ts';
import type { AuditContext } from '../audit-context.ts';
import { agree } from '../compare-reservations.ts';

/** Of reservations, those that Redis and PostgreSQL hold alike now (`alike` false: differently). */
export async function agreeingReservations(
  { redis, prisma }: AuditContext,
  ids: readonly string[],
  alike: boolean,
): Promise<string[]> {
  // Redis first: it follows PostgreSQL, so what moves in between is at most behind, and is not taken for ahead.
  const records = await Promise.all(ids.map((id) => redis.hget(itemKeys(itemIdOf(id)).reservations, id)));
  const recorded = await readRecorded(prisma, ids);
  return ids.filter((id, i) => {
    const record = records[i];
    return (record != null && agree(parseReservationRecord(record), recorded.get(id))) === alike;
  });
}

export function byItem(reservationIds: readonly string[]): Map<string, string[]> {
  const items = new Map<string, string[]>();
  for (const id of reservationIds) items.set(itemIdOf(id), [...(items.get(itemIdOf(id)) ?? []), id]);
  return items;
}
