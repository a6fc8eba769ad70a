import { jetstreamManager } from '@nats-io/jetstream';
import { useTestServers } from 'dev/test';
import { createSigner } from 'fast-jwt';
import { outboxSize, PRIORITY_SUBJECTS, STREAMS, stockReserved } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openSale, type TestSale } from '../support/sales.ts';
import { winnersInStream } from '../support/winners-in-stream.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({
    redisUrl: servers.redisUrl,
    natsUrl: servers.natsUrl,
    env: { PRIORITY_CLAIM: 'level=gold,platinum' },
  });
});
afterAll(() => on?.close());

/** Signs a user in by a token with these claims, and gets a purchase token. */
async function tokenOf({ saleId, itemId }: TestSale, claims: { sub: string; level?: unknown }) {
  const jwt = createSigner({ key: on.config.jwtSecret, algorithm: 'HS256' })(claims);
  const headers = { authorization: `Bearer ${jwt}` };
  const { body } = await on.callWhenAwake('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers });
  return body as { purchaseToken: string; reservationId: string };
}

async function win({ purchaseToken }: { purchaseToken: string }): Promise<void> {
  expect((await on.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken } })).status).toBe(202);
}

const stored = ({ saleId, itemId }: TestSale, priority: boolean) =>
  winnersInStream(on.nats, stockReserved.subject({ saleId, itemId, priority }));

test('winners of one batch go to the workers by their priority, which a claim of the access token gives', async () => {
  const sale = await openSale(on, { stock: 10 });
  const tokens = await Promise.all([
    tokenOf(sale, { sub: 'gold', level: 'gold' }),
    tokenOf(sale, { sub: 'one-of-many', level: ['iron', 'platinum'] }),
    tokenOf(sale, { sub: 'true', level: true }),
    tokenOf(sale, { sub: 'iron', level: 'iron' }),
    tokenOf(sale, { sub: 'number', level: 5 }),
    tokenOf(sale, { sub: 'none' }),
  ]);
  await Promise.all(tokens.map(win));
  const ids = tokens.map(({ reservationId }) => reservationId);
  expect((await stored(sale, true)).sort()).toEqual(ids.slice(0, 3).sort());
  expect((await stored(sale, false)).sort()).toEqual(ids.slice(3).sort());
  await expect.poll(() => outboxSize(on.redis, sale.itemId)).toBe(0);
});

test('all winners of a sale with priority have it', async () => {
  const sale = await openSale(on, { priority: true });
  const token = await tokenOf(sale, { sub: 'any' });
  await win(token);
  expect(await stored(sale, true)).toEqual([token.reservationId]);
  expect(await stored(sale, false)).toEqual([]);
});

test('if the stream does not take winners with priority yet, they go with all others', async () => {
  const { streams } = await jetstreamManager(on.nats);
  const { name } = STREAMS.reservations;
  // As a worker of an earlier version makes it.
  await streams.update(name, { subjects: [stockReserved.subjects] });
  const sale = await openSale(on);
  const token = await tokenOf(sale, { sub: 'first', level: 'gold' });
  await win(token);
  await expect.poll(() => stored(sale, false)).toEqual([token.reservationId]);
  await streams.update(name, { subjects: [stockReserved.subjects, PRIORITY_SUBJECTS] });
});
