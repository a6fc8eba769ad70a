import { itemIdOf } from 'seckill-core';

/** Groups reservation ids by their item. */
export function byItem(reservationIds: readonly string[]): Map<string, string[]> {
  const items = new Map<string, string[]>();
  for (const id of reservationIds) items.set(itemIdOf(id), [...(items.get(itemIdOf(id)) ?? []), id]);
  return items;
}
