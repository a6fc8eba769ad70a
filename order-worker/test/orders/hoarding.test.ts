import { setTimeout as sleep } from 'node:timers/promises';
import { DEVELOPMENT_SECRETS, type Gateway, readConfig, startGateway } from 'gateway';
import { pino } from 'pino';
import { calls, newReservationId, PurchaseTokens } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';

const place = usePlatform();
const tokens = new PurchaseTokens(DEVELOPMENT_SECRETS.TOKEN_SECRET);
let gateway: Gateway;

beforeAll(async () => {
  const { redisUrl, natsUrl } = place.servers;
  gateway = await startGateway(readConfig({ REDIS_URL: redisUrl, NATS_URL: natsUrl, PORT: '0' }), pino({ level: 'silent' }));
  await gateway.ready();
});
afterAll(() => gateway?.close());

/** Tries until a win, waiting as told. Returns the reservation. */
async function win(itemId: string, userId: string): Promise<string> {
  for (;;) {
    const reservationId = newReservationId(itemId);
    const purchaseToken = tokens.sign({ reservationId, userId, expiresAt: Math.floor(Date.now() / 1_000) + 600 });
    const response = await fetch(`${gateway.url}/api/reservations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ purchaseToken }),
    });
    if (response.status === 202) return reservationId;
    const { code, retryAfterMs } = (await response.json()) as { code: string; retryAfterMs?: number };
    if (retryAfterMs === undefined) throw new Error(`answered ${code}`);
    await sleep(retryAfterMs);
  }
}

test('a buyer who wins and cancels a second time waits two seconds for the next unit', async () => {
  const { platform } = place;
  await platform.startWorker({ hoardingPauseMs: 2_000 });
  const sale = await platform.openSale({ stock: 5 });
  const itemId = itemIdOf(sale);
  let givenBackAt = 0;
  for (let time = 0; time < 2; time += 1) {
    const orderId = await win(itemId, 'ann');
    await eventually(async () => (await platform.order(orderId)) !== null, `the order ${orderId} is made`);
    givenBackAt = performance.now();
    await platform.call(calls.cancelOrder, { orderId, userId: 'ann' });
    expect(await platform.statusInRedis(orderId)).toBe('CANCELLED');
  }
  await win(itemId, 'ann');
  // Redis reads its clock in whole ms.
  expect(performance.now() - givenBackAt).toBeGreaterThanOrEqual(1_999);
  await platform.expectAuditHolds(sale);
});
