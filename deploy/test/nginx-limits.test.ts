import { describe, expect, test } from 'vitest';
import { expectProblem, useNginx } from './use-nginx.ts';

const on = useNginx();

describe('limits per address', () => {
  test('admit what a page needs and refuse a client that sends too much, with a lower and an upper bound', async () => {
    await on.start({ edit: {} });
    const started = performance.now();
    const answers = await inTurns(400, 50, () => on.post('/api/reservations'));
    const seconds = (performance.now() - started) / 1_000;
    const statuses = answers.map(({ status }) => status);
    const passed = statuses.filter((status) => status === 200).length;
    expect(passed + statuses.filter((status) => status === 429).length).toBe(400);
    // One at once, 60 in the burst, 20 more a second.
    expect(passed).toBeGreaterThanOrEqual(61);
    expect(passed).toBeLessThanOrEqual(61 + Math.ceil(seconds * 20) + 1);
    await expectProblem(answers.find(isLimited) ?? (await untilLimited(() => on.post('/api/reservations'))), 'RATE_LIMITED');
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

const isLimited = ({ status }: Response) => status === 429;

/** Many at once: on a slow machine one after another would be no more than is allowed. */
async function untilLimited(call: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const limited = (await inTurns(100, 100, call)).find(isLimited);
    if (limited !== undefined) return limited;
  }
}
