import { advance, RESERVATION_MOVES, type ReservationStatus, readReservation, release } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { stateOf } from './item-state.ts';
import { type ItemOnSale, moveOf, useStock } from './use-stock.ts';

const stock = useStock();
const statuses = Object.keys(RESERVATION_MOVES) as ReservationStatus[];
const holdsUnits = new Set<ReservationStatus>(['RESERVED', 'ORDERED', 'PAID']);

type Move = ReturnType<typeof moveOf>;

async function move(item: ItemOnSale, to: ReservationStatus, ...moves: Move[]): Promise<void> {
  if (to === 'CANCELLED' || to === 'REJECTED' || to === 'REFUNDED') await release(item.redis, item.itemId, to, moves);
  else await advance(item.redis, item.itemId, to, moves);
}

/** Returns a won reservation, brought to `status` by legal moves. */
async function inStatus(status: ReservationStatus) {
  const item = await stock.putOnSale({ stock: 3, limitPerUser: 3 });
  const won = await item.buy('ann', 2);
  const reservation = moveOf(won, 'reservedAt' in won ? won.reservedAt : 0, 7_000);
  const way: Partial<Record<ReservationStatus, ReservationStatus[]>> = { RESERVED: [], REFUNDED: ['CANCELLED', 'REFUNDED'] };
  for (const step of way[status] ?? [status]) await move(item, step, reservation);
  return { item, reservation };
}

const statusOf = async (item: ItemOnSale, { reservationId }: Move) => (await readReservation(item.redis, reservationId))?.status;

describe.each(statuses)('from %s', (from) => {
  test.each(statuses)(`to %s: as RESERVATION_MOVES says, sent once or twice`, async (to) => {
    const { item, reservation } = await inStatus(from);
    expect(await statusOf(item, reservation)).toBe(from);
    const after = RESERVATION_MOVES[from].includes(to) ? to : from;
    for (const time of ['once', 'twice']) {
      await move(item, to, reservation);
      expect(await statusOf(item, reservation), time).toBe(after);
      const units = holdsUnits.has(after) ? 2 : 0;
      expect(await stateOf(item), time).toMatchObject({ live: units, left: 3 - units });
    }
  });
});

describe('a reservation that Redis has lost', () => {
  test.each(statuses)('is written as %s, with its units if that status holds any', async (to) => {
    const item = await stock.putOnSale({ stock: 3, limitPerUser: 3 });
    const lost = moveOf(item.request('ann', 2), 5_000, to === 'ORDERED' ? 7_000 : 0);
    await move(item, to, lost, lost);
    const units = holdsUnits.has(to) ? 2 : 0;
    const state = await stateOf(item);
    expect(state).toMatchObject({ live: units, left: 3 - units, outbox: [] });
    expect(state.reservations).toEqual({
      [lost.reservationId]: { status: to, userId: 'ann', quantity: 2, reservedAt: 5_000, payBy: to === 'ORDERED' ? 7_000 : 0 },
    });
  });

  test.each(statuses)('and is written as %s cannot win again', async (to) => {
    const item = await stock.putOnSale();
    const lost = item.request('ann');
    await move(item, to, moveOf(lost, 5_000));
    expect(await item.reserve(lost)).toEqual([{ answer: 'REPEATED', status: to, reservedAt: 5_000 }]);
  });
});

test('the record in Redis counts, not what the move says', async () => {
  const item = await stock.putOnSale({ stock: 5, limitPerUser: 5 });
  const won = await item.buy('ann', 2);
  const wrong = { ...moveOf(won, 1, 7_000), userId: 'bob', quantity: 3 };
  await advance(item.redis, item.itemId, 'ORDERED', [wrong]);
  expect(await readReservation(item.redis, won.reservationId)).toMatchObject({ userId: 'ann', quantity: 2, payBy: 7_000 });
  expect(await release(item.redis, item.itemId, 'CANCELLED', [wrong])).toMatchObject({ units: 2 });
  expect(await stateOf(item)).toMatchObject({ live: 0, buyers: {} });
});

test('payBy stays if a later move does not name it', async () => {
  const { item, reservation } = await inStatus('ORDERED');
  await advance(item.redis, item.itemId, 'PAID', [{ ...reservation, payBy: 0 }]);
  expect(await readReservation(item.redis, reservation.reservationId)).toMatchObject({ status: 'PAID', payBy: 7_000 });
});

test('units of a batch return exactly once, however often and in whatever batches it is released', async () => {
  const item = await stock.putOnSale({ stock: 1_200 });
  const requests = Array.from({ length: 1_200 }, (_, index) => item.request(`buyer-${index}`));
  for (let at = 0; at < 1_200; at += 200) await item.reserve(...requests.slice(at, at + 200));
  const moves = requests.map((request) => moveOf(request));
  const all = await Promise.all(
    [moves.flatMap((move) => [move, move]), moves, moves.toReversed()].map((batch) =>
      release(item.redis, item.itemId, 'CANCELLED', batch),
    ),
  );
  expect(all.reduce((sum, { units }) => sum + units, 0)).toBe(1_200);
  expect(all.filter(({ restocked }) => restocked)).toHaveLength(1);
  expect(await stateOf(item)).toMatchObject({ live: 0, left: 1_200, buyers: {}, outbox: [] });
});

test('a reservation leaves the outbox when it moves on', async () => {
  const item = await stock.putOnSale();
  const [ann, bob] = [await item.buy('ann'), await item.buy('bob')];
  await advance(item.redis, item.itemId, 'ORDERED', [moveOf(ann)]);
  await release(item.redis, item.itemId, 'REJECTED', [moveOf(bob)]);
  expect(await stateOf(item)).toMatchObject({ outbox: [] });
});
