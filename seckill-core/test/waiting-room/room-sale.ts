import { hash } from 'node:crypto';
import type { SaleWithRoom } from 'seckill-core';
import { settingsOf } from '../stock/use-stock.ts';

export const SEED = '5eed'.repeat(16);

export interface RoomWanted extends Partial<Omit<SaleWithRoom['waitingRoom'], 'seedHash'>> {
  admission?: 'queue' | 'draw';
  startsAt?: number;
  endsAt?: number;
  limitPerUser?: number;
  ratePerSecond?: number;
  burst?: number;
}

/** A sale of one item with a waiting room, open from `startsAt` on unless `wanted` says otherwise. */
export function roomSale({
  admission = 'queue',
  startsAt = 0,
  endsAt = 9e12,
  limitPerUser = 1,
  ratePerSecond,
  burst,
  ...room
}: RoomWanted = {}): SaleWithRoom {
  const sale = settingsOf('00002a', { startsAt, endsAt, limitPerUser });
  return {
    ...sale,
    rateLimit: { ratePerSecond: ratePerSecond ?? 1_000_000, burst: burst ?? 1_000_000 },
    admission,
    waitingRoom: {
      seedHash: hash('sha256', SEED),
      claimSeconds: 20,
      staleSeconds: 5,
      missedTurn: 'end',
      priorityWeight: 3,
      entriesUntil: startsAt,
      ...room,
    },
  };
}
