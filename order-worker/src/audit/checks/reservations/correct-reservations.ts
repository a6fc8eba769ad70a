import { type Correction, correct, itemKeys, parseReservationRecord } from 'seckill-core';
import { lockRecorded } from '../../stock/recorded-reservations.ts';
import type { AuditContext } from '../audit-context.ts';
import { agree, MATCHING } from '../compare-reservations.ts';
import { byItem } from './agreeing-reservations.ts';
import { announceRestocked } from './announce-restocked.ts';

/**
 * Writes reservations in Redis as PostgreSQL has them, where no move leads there. Their orders are held until Redis is written: a cancel
 * that committed between the look and the write would find its reservation in its last state already, and then be undone by the write.
 */
export async function correctReservations(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const corrected: string[] = [];
  for (const [itemId, reservationIds] of byItem(ids)) {
    const { restocked, ...written } = await correctItem(context, itemId, reservationIds);
    corrected.push(...written.reservationIds);
    if (restocked) announceRestocked(context, itemId);
  }
  return corrected;
}

function correctItem({ prisma, redis }: AuditContext, itemId: string, ids: readonly string[]) {
  return prisma.$transaction(
    async (tx) => {
      const recorded = await lockRecorded(tx, ids);
      const records = await redis.hmget(itemKeys(itemId).reservations, ...ids);
      const corrections = ids.flatMap((reservationId, i): Correction[] => {
        const record = records[i];
        const row = recorded.get(reservationId);
        if (record == null || row === undefined) return [];
        const seen = parseReservationRecord(record);
        if (agree(seen, row)) return [];
        const { userId, quantity, payBy } = row;
        return [{ reservationId, seen, wanted: { ...seen, status: MATCHING[row.status], userId, quantity, payBy } }];
      });
      return correct(redis, itemId, corrections);
    },
    { maxWait: 10_000, timeout: 20_000 },
  );
}
