import { calls } from 'seckill-core';
import { beforeEach, expect, test } from 'vitest';
import { eventually, usePlatform } from '../support/platform.ts';
import { ShopWithSagas } from './shop-with-sagas.ts';

const on = usePlatform();
let shop: ShopWithSagas;

/** So long that only a command can end the pause. */
const pace = { firstPauseMs: 600_000, stuckAfterMs: 600_000 };

beforeEach(() => {
  shop = new ShopWithSagas(on.platform);
  shop.warehouse.away = true;
});

/** An order whose shipment has failed once, and is tried again in minutes. */
async function waitingOrder() {
  await shop.startWorker({ pace });
  const order = await shop.paidOrder();
  await shop.is(order.orderId, 'RUNNING', 'fulfilment');
  await eventually(async () => (await shop.show(order.orderId)).saga?.lastError !== undefined, 'it has failed');
  return order;
}
const command = (orderId: string, name: 'retry' | 'skip' | 'compensate', step?: string) =>
  on.platform.call(calls.commandSaga, { orderId, command: name, ...(step === undefined ? {} : { step }) });

test('an operator tries the step at once', async () => {
  const { orderId } = await waitingOrder();
  shop.warehouse.away = false;
  await command(orderId, 'retry');
  await shop.is(orderId, 'COMPLETED');
  expect((await shop.show(orderId)).timeline.map(({ what }) => what)).toContain('saga-retried');
});

test('an operator skips the step that they saw, once', async () => {
  const { orderId, userId } = await waitingOrder();
  await expect(command(orderId, 'skip', 'coupon')).rejects.toMatchObject({ code: 'WRONG_SAGA_STATE' });
  const { saga } = await command(orderId, 'skip', 'fulfilment');
  expect(saga).toMatchObject({
    state: 'COMPLETED',
    steps: expect.arrayContaining([expect.objectContaining({ state: 'SKIPPED' })]),
  });
  await expect(command(orderId, 'skip', 'fulfilment')).rejects.toMatchObject({ code: 'WRONG_SAGA_STATE' });
  expect(await shop.booksOf(orderId, userId)).toMatchObject({ order: 'PAID', points: 10, coupon: 'ISSUED' });
});

test('a saga that an operator lets turn back undoes the step that failed too: it may have had its effect', async () => {
  const { orderId, userId } = await waitingOrder();
  shop.warehouse.away = false;
  await command(orderId, 'compensate');
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toEqual({ order: 'REFUNDED', points: 0, coupon: 'REVOKED', shipment: 'cancelled' });
  // Again: nothing changes.
  expect((await command(orderId, 'compensate')).saga?.state).toBe('COMPENSATED');
  await expect(command(orderId, 'retry')).rejects.toMatchObject({ code: 'WRONG_SAGA_STATE' });
});

test('an undo that an operator skips leaves its effect, and the rest goes back', async () => {
  const { orderId, userId } = await waitingOrder();
  await command(orderId, 'compensate');
  await eventually(async () => (await shop.show(orderId)).saga?.lastError !== undefined, 'the undo has failed');
  await command(orderId, 'skip', 'fulfilment');
  await shop.is(orderId, 'COMPENSATED');
  expect(await shop.booksOf(orderId, userId)).toMatchObject({ order: 'REFUNDED', points: 0, coupon: 'REVOKED' });
});

test('an order without a saga has none to command', async () => {
  await on.platform.startWorker();
  const { orderId } = await shop.paidOrder();
  await expect(command(orderId, 'retry')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
