import { describe, expect, test } from 'vitest';
import { expectProblem, useNginx } from './use-nginx.ts';

const on = useNginx();

describe('limits per address', () => {
  test('let through what a page needs and turn a hammering client away, with a lower and an upper bound', async () => {
    await on.start({ edit: {} });
    const started = performance.now();
    const statuses = await inTurns(400, 50, async () => (await on.post('/api/reservations')).status);
    const seconds = (performance.now() - started) / 1_000;
    const passed = statuses.filter((status) => status === 200).length;
    expect(passed + statuses.filter((status) => status === 429).length).toBe(400);
    // One at once, 60 in the burst, 20 more a second.
    expect(passed).toBeGreaterThanOrEqual(61);
    expect(passed).toBeLessThanOrEqual(61 + Math.ceil(seconds * 20) + 1);
    await expectProblem(await untilLimited(() => on.post('/api/reservations')), 'RATE_LIMITED');
  });

  test("never turn a payment provider's webhook away", async () => {
    await on.start({ edit: {} });
    const statuses = await inTurns(500, 50, async () => (await on.post('/api/payments/webhook')).status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('do not count the addresses that are named as unlimited', async () => {
    await on.start({ edit: { 'limits.conf': (shipped) => shipped.replace('# 10.1.2.0/24 0;', '127.0.0.0/8 0;') } });
    const statuses = await inTurns(400, 50, async () => (await on.post('/api/reservations')).status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });
});

async function inTurns<Result>(count: number, atOnce: number, call: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < count) results.push(...(await Promise.all(Array.from({ length: atOnce }, call))));
  return results;
}

async function untilLimited(call: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await call();
    if (response.status === 429) return response;
    await response.arrayBuffer();
  }
}
