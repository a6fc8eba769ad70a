import type { Redis } from 'ioredis';
import { LIVE_RESERVATION, parseReservationRecord, type ReservationRecord } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { expect } from 'vitest';

/** Everything that Redis holds for an item. */
export interface ItemState {
  stock: number;
  live: number;
  /** Units of paid reservations; undefined if the item has no such field. */
  paid: number | undefined;
  left: number;
  heldUntil: number;
  reopensAt: number;
  bucket: number;
  reservations: Record<string, ReservationRecord>;
  buyers: Record<string, number>;
  /** Oldest first. */
  outbox: string[];
  /** Fingerprints in the order of the wins. */
  won: string[];
}

/** Reads the item's state, and checks what must hold for every item at every moment. */
export async function stateOf({ redis, itemId }: { redis: Redis; itemId: string }): Promise<ItemState> {
  const keys = itemKeys(itemId);
  const replies = await redis
    .multi()
    .hgetall(keys.item)
    .hgetall(keys.reservations)
    .hgetall(keys.buyers)
    .zrange(keys.outbox, '0', '-1')
    .get(keys.won)
    .exec();
  const [item, records, units, outbox, won] = (replies ?? []).map(([, reply]) => reply) as [
    Record<string, string>,
    Record<string, string>,
    Record<string, string>,
    string[],
    string | null,
  ];
  const numberIn = (field: string) => Number(item[field] ?? 0);
  const state = {
    stock: numberIn('stock'),
    live: numberIn('live'),
    paid: item.paid === undefined ? undefined : Number(item.paid),
    left: numberIn('stock') - numberIn('live'),
    heldUntil: numberIn('heldUntil'),
    reopensAt: numberIn('reopensAt'),
    bucket: numberIn('bucket'),
    reservations: Object.fromEntries(Object.entries(records).map(([id, text]) => [id, parseReservationRecord(text)])),
    buyers: Object.fromEntries(Object.entries(units).map(([user, text]) => [user, Number(text)])),
    outbox,
    won: won?.match(/.{6}/g) ?? [],
  };
  expectBooksToBalance(state);
  return state;
}

/** Checks that `live`, `paid` and every buyer's units are sums of the records that hold units, and that each record left its mark once. */
function expectBooksToBalance({ live, paid, reservations, buyers, outbox, won }: ItemState): void {
  const held: Record<string, number> = {};
  let sum = 0;
  let paidSum = 0;
  for (const { status, userId, quantity } of Object.values(reservations)) {
    if (!LIVE_RESERVATION.has(status)) continue;
    sum += quantity;
    if (status === 'PAID') paidSum += quantity;
    held[userId] = (held[userId] ?? 0) + quantity;
  }
  expect(live).toBe(sum);
  if (paid !== undefined) expect(paid).toBe(paidSum);
  expect(buyers).toEqual(held);
  expect(won.toSorted()).toEqual(
    Object.keys(reservations)
      .map((id) => id.slice(24, 30))
      .toSorted(),
  );
  for (const id of outbox) expect(reservations[id]?.status, `${id} is in the outbox`).toBe('RESERVED');
}
