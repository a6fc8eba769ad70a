import { newId, newReservationId, type RoomEvent, roomChanged, roomEvent, roomUnknown } from 'seckill-core';
import { expect, test } from 'vitest';

const saleId = newId();
const base = { saleId, epoch: 1_800_000_000_000, at: 1_800_000_000_001 };
const events: RoomEvent[] = [
  {
    ...base,
    joined: [
      ['ann', 'n', 1, 'abcdefghijkl'],
      ['bob', 'p', 1, ''],
    ],
  },
  { ...base, served: { n: { from: 1, upTo: 5 } } },
  { ...base, taken: [['ann', 'n', 1, 3, base.at]], watermark: { n: 5, p: 0 } },
  { ...base, used: [['ann', newReservationId('00002a')]] },
  { ...base, closed: { n: { count: 1, key: 'ab'.repeat(32) }, p: { count: 0, key: '' } } },
  { ...base, rebuilt: true },
];

test.each(events)('a message of the room is read as it was written: %j', (event) => {
  expect(roomEvent.decode(Buffer.from(roomEvent.encode(event)))).toEqual(event);
  expect(roomEvent.subject(event)).toBe(`seckill.queue.${saleId}`);
});

test('only equal messages of a room have the same id', () => {
  const ids = [...events, ...events].map((event) => roomEvent.messageId(event));
  expect(new Set(ids).size).toBe(events.length);
});

test('a ticket without a number is refused', () => {
  const event = JSON.stringify({ ...base, joined: [['ann', 'n', 0, '']] });
  expect(() => roomEvent.decode(Buffer.from(event))).toThrow('Not a room-event');
});

test('the broadcasts of a room name its sale', () => {
  for (const event of [roomUnknown, roomChanged]) expect(event.decode(Buffer.from(event.encode({ saleId })))).toEqual({ saleId });
});
