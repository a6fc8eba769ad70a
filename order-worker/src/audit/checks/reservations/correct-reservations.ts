import { type Corrected, type Correction, correct, findReservations } from 'seckill-core';
import { lockRecorded } from '../../../stock/recorded-reservations.ts';
import { MATCHING } from '../../../stock/replay-orders.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { agree } from '../../evidence/compare-reservations.ts';
import { announceRestocked } from '../announce-restocked.ts';
import { byItem } from '../by-item.ts';

type Parts = Pick<AuditContext, 'nc' | 'redis' | 'prisma'>;

/**
 * Overwrites reservations in Redis with PostgreSQL's state if no move leads there. The orders stay locked until Redis is written: a cancel that
 * commits between the read and the write would find its reservation in the last state already, and the write would then undo it. Resolves to the
 * ids that were written.
 */
export async function correctReservations({ nc, redis, prisma }: Parts, ids: readonly string[]): Promise<string[]> {
  const corrected: string[] = [];
  for (const [itemId, ofItem] of byItem(ids)) {
    const { restocked, reservationIds } = await correctItem({ prisma, redis }, itemId, ofItem);
    corrected.push(...reservationIds);
    if (restocked) announceRestocked({ nc }, itemId);
  }
  return corrected;
}

function correctItem({ prisma, redis }: Omit<Parts, 'nc'>, itemId: string, ids: readonly string[]): Promise<Corrected> {
  return prisma.$transaction(
    async (tx) => {
      const recorded = await lockRecorded(tx, ids);
      const records = await findReservations(redis, itemId, ids);
      const corrections = [...records].flatMap(([reservationId, seen]): Correction[] => {
        const row = recorded.get(reservationId);
        if (row === undefined || agree(seen, row)) return [];
        const { userId, quantity, payBy } = row;
        return [{ reservationId, seen, wanted: { ...seen, status: MATCHING[row.status], userId, quantity, payBy } }];
      });
      return correct(redis, itemId, corrections);
    },
    { maxWait: 10_000, timeout: 20_000 },
  );
}
