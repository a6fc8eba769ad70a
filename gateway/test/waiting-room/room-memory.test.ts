import type { RoomState, SaleWithRoom } from 'seckill-core';
import { expect, test } from 'vitest';
import { RoomMemory } from '../../src/waiting-room/room-memory.ts';

const START = 1_000_000;

test('the rate of admission is measured from the start on, whatever the time that people waited before it', () => {
  const room = new RoomMemory({ startsAt: START } as SaleWithRoom);
  const learn = (now: number, served: number) => room.learn({ now, progress: 0, served: { n: served, p: 0 } } as RoomState, 0);
  for (let now = START - 25_000; now < START; now += 250) learn(now, 0);
  for (let now = START; now <= START + 6_000; now += 250) learn(now, (now - START) / 100);
  expect(room.rates.range).toMatchObject({ average: expect.closeTo(10, 5), high: expect.closeTo(10, 5) });
});
