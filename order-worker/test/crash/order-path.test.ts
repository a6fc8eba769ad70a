import { advance, newReservationId, paymentDeadline, type StockReserved } from 'seckill-core';
import { expect } from 'vitest';
import { ORDERED } from './books.ts';
import { describeCrashPath } from './crash-path.ts';
import { type Ground, useGround } from './ground.ts';

const grounds = [useGround(), useGround(), useGround(), useGround()];

const withoutDeadline = (win: StockReserved) => ({ ...win, payBy: 0 });

/** One deadline is stored for the order, however often its batch was delivered. */
async function hasOneDeadline(ground: Ground, { reservationId }: StockReserved): Promise<void> {
  const deadlines = await ground.messages('SECKILL_DEADLINES', paymentDeadline.subject({ payTimeoutSeconds: 600 }));
  expect(deadlines.filter(({ value }) => (value['orderIds'] as string[]).includes(reservationId))).toHaveLength(1);
}

describeCrashPath(grounds, {
  name: 'a winner becomes an order',
  steps: ['postgres create-orders', 'nats deadline', 'nats order.created', 'redis advance', 'nats user', 'nats ack orders'],
  prepare: (ground, count) => ground.wins(count),
  trigger: (ground, win) => ground.publish(win),
  books: ORDERED,
  check: hasOneDeadline,
});

describeCrashPath(grounds, {
  name: 'a winner of a free unit has a paid order',
  steps: ['postgres create-orders', 'nats order.created', 'nats order.paid', 'redis advance', 'nats user', 'nats ack orders'],
  deaths: ['after postgres create-orders', 'after nats order.created', 'after nats order.paid', 'after redis advance'],
  prepare: (ground, count) => ground.wins(count, { item: { priceCents: 0 } }),
  trigger: (ground, win) => ground.publish(win),
  books: { ...ORDERED, order: 'PAID', reservation: 'PAID', events: { created: 1, paid: 1 }, payments: [] },
});

describeCrashPath(grounds, {
  name: 'a winner beyond the true stock is refused',
  steps: ['postgres create-orders', 'nats order.rejected', 'redis release', 'nats user', 'nats ack orders'],
  // Redis, a stale copy, has let a second buyer win the same unit.
  prepare: async (ground, count) => {
    const firsts = await ground.orders(count);
    return Promise.all(
      firsts.map(async (first) => {
        const second = { ...first, reservationId: newReservationId(first.itemId), userId: 'second' };
        await advance(ground.redis, first.itemId, 'RESERVED', [withoutDeadline(second)]);
        return second;
      }),
    );
  },
  trigger: (ground, win) => ground.publish(win),
  books: { ...ORDERED, order: 'REJECTED', reservation: 'REJECTED', events: { rejected: 1 } },
});
