import { newReservationId, SOLD_OUT_LEASE_MS } from 'seckill-core';
import { expect, test } from 'vitest';
import { ItemMemory } from '../../src/catalogue/item-memory.ts';
import { WinnerSet } from '../../src/catalogue/winner-set.ts';
import { saleSettings } from '../support/sales.ts';

const read = { generation: 'g', length: 0 };
/** Each differs from the next by a number without a common factor with 2^24, so all differ. */
const printsFrom = (from: number, count: number) => Array.from({ length: count }, (_, i) => ((from + i) * 7_919) % 2 ** 24);
const idOf = (print: number) => `00000000-0000-7000-8000-${print.toString(16).padStart(6, '0')}00002a`;

test.each([0, 1, 31, 32, 33, 10_000, 131_072, 131_073, 300_000])('a set of %i winners has them and no other', (count) => {
  const winners = new WinnerSet();
  const prints = printsFrom(0, count);
  winners.add(prints, read);
  winners.add(prints.slice(0, 100), read);
  expect(prints.filter((print) => !winners.mayHave(idOf(print)))).toEqual([]);
  expect(printsFrom(count, 10_000).filter((print) => winners.mayHave(idOf(print)))).toEqual([]);
});

test('a set takes the room that its winners need: 256 bytes at first, 2 MiB at most', () => {
  for (const [count, bytes] of [
    [0, 256],
    [32, 256],
    [33, 512],
    [10_000, 131_072],
    [131_073, 2_097_152],
    [300_000, 2_097_152],
  ] as const) {
    const winners = new WinnerSet();
    winners.add(printsFrom(0, count), read);
    expect({ count, bytes: winners.bytes }).toEqual({ count, bytes });
    expect(WinnerSet.bytesFor(count)).toBe(bytes);
  }
});

test('without room for its winners, an item keeps none, and Redis decides', () => {
  const sale = saleSettings();
  const [settings] = sale.items;
  if (settings === undefined) throw new Error('The sale has an item.');
  const soldOutAt = (room: number) => {
    const item: ItemMemory = new ItemMemory(sale, settings, { hasRoom: (more) => item.winnersBytes + more <= room });
    const newcomer = newReservationId(settings.itemId);
    item.answer(newcomer, 1_000, sale.startsAt);
    for (let sentAt = 1_000; sentAt < 1_003; sentAt += 1) {
      const { unread } = item;
      const fingerprints = unread.length === 0 ? printsFrom(0, 100) : [];
      const position = { generation: 'g', length: unread.length > 600 ? unread.length : 600 };
      const left = {
        known: true,
        now: sale.startsAt,
        left: 0,
        unpaid: 0,
        winnable: 0,
        winners: 100,
        progress: 100,
        state: 'OPEN',
        complete: true,
      } as const;
      item.learn({ ...left, fingerprints, read: position, restarted: unread.generation !== 'g' }, sentAt, unread);
    }
    return item.answer(newcomer, 1_002 + SOLD_OUT_LEASE_MS / 2, sale.startsAt)?.outcome;
  };
  expect(soldOutAt(1_024)).toBe('SOLD_OUT');
  expect(soldOutAt(1_023)).toBeUndefined();
});
