import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { expectProblem, useNginx } from './use-nginx.ts';

const on = useNginx();

/** Limits that a test can reach: a hundredth of the shipped ones. */
const small = (shipped: string) => shipped.replace(/(rate=\d+)00r/g, '$1r').replace(/(burst=\d+)00 /g, '$1 ');
const smallLimits = { 'limits.conf': small, 'locations.conf': small };
/** Takes the client's address from `X-Forwarded-For`, as behind a load balancer. */
const behindProxy = (shipped: string) =>
  shipped.replaceAll(/^# (set_real_ip_from|real_ip)/gm, '$1').replace('10.0.0.0/8', '127.0.0.0/8');

describe('limits per client', () => {
  test('serve thousands of buyers behind one address', async () => {
    await on.start({ edit: {} });
    const statuses = await inTurns(1_500, 100, async () => (await on.post('/api/reservations')).status);
    statuses.push(...(await inTurns(1_500, 100, async () => (await on.get('/api/orders')).status)));
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('refuse a client that sends too much, with a lower and an upper bound, and a wait that differs', async () => {
    await on.start({ edit: smallLimits });
    const { answers, seconds } = await flood(800, () => on.post('/api/reservations'));
    expectPassed(answers, { burst: 100, rate: 20, seconds });
    const waits = new Set(await Promise.all(answers.filter(isLimited).slice(0, 60).map(waitOf)));
    expect(waits.size).toBeGreaterThan(2);
    const limited = await untilLimited(() => on.post('/api/reservations'));
    await expectProblem(limited, 'RATE_LIMITED');
  });

  test('count a /64 network of IPv6 as one client, and each IPv4 address apart, also one written as IPv6', async () => {
    await on.start({ edit: { ...smallLimits, 'listen.conf': behindProxy } });
    const refusedOf = async (addressOf: (i: number) => string) => {
      let i = 0;
      const call = () => {
        i += 1;
        return on.get('/api/reservations', { 'x-forwarded-for': addressOf(i) });
      };
      return (await flood(400, call)).answers.filter(isLimited).length;
    };
    expect(await refusedOf((i) => `2001:db8:1:2:${i.toString(16)}::1`)).toBeGreaterThan(0);
    expect(await refusedOf((i) => `2001:db8:2:${i.toString(16)}::1`)).toBe(0);
    expect(await refusedOf((i) => `192.0.${i % 2}.${i % 251}`)).toBe(0);
    expect(await refusedOf((i) => `::ffff:198.51.${i % 2}.${i % 251}`)).toBe(0);
    expect(await refusedOf(() => '::ffff:203.0.113.9')).toBeGreaterThan(0);
  });

  test("never turn a payment provider's webhook away", async () => {
    await on.start({ edit: {} });
    const statuses = await inTurns(500, 50, async () => (await on.post('/api/payments/webhook')).status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('do not count the addresses that are named as unlimited', async () => {
    const named = (shipped: string) => small(shipped).replace('# 10.1.2.0/24 0;', '127.0.0.0/8 0;');
    await on.start({ edit: { ...smallLimits, 'limits.conf': named } });
    const statuses = await inTurns(400, 50, async () => (await on.post('/api/reservations')).status);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test("are tight for the operator's calls, in every spelling", async () => {
    await on.start({ edit: {} });
    const { answers, seconds } = await flood(800, () => on.get('/api/admin/sales/x'));
    expectPassed(answers, { burst: 100, rate: 20, seconds });
  });
});

describe('the webhook', () => {
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });

  test('accepts no other method, and no large body', async () => {
    for (const path of ['/api/payments/webhook', '/api/payments/webhook/stripe']) {
      await expectProblem(await on.get(path), 'METHOD_NOT_ALLOWED');
      await expectProblem(await on.post(path, 'x'.repeat(140_000)), 'VALIDATION_FAILED');
    }
    expect(on.seen()).toEqual([]);
  });

  test('has limits too', async () => {
    await on.start({ edit: smallLimits });
    const { answers, seconds } = await flood(800, () => on.post('/api/payments/webhook'));
    expectPassed(answers, { burst: 20, rate: 10, seconds });
  });

  test('admits a bounded number of slow bodies from one client, and a gateway limits their time', async () => {
    await on.start({ edit: {} });
    const statuses: number[] = [];
    const head =
      'POST /api/payments/webhook HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{';
    await Promise.all(
      Array.from({ length: 320 }, async () => {
        const socket = connect(on.nginx.port, '127.0.0.1', () => socket.write(head));
        socket.on('error', () => undefined);
        socket.once('data', (data) => statuses.push(Number(data.toString().split(' ')[1])));
        open.push(socket);
      }),
    );
    await expect.poll(() => statuses.length, { timeout: 20_000 }).toBe(320 - 256);
    expect(new Set(statuses)).toEqual(new Set([429]));
    // The others reach a gateway at once, although none of their bodies is complete.
    await expect.poll(() => on.one.connections() + on.two.connections(), { timeout: 20_000 }).toBe(256);
    expect((await on.get('/api/orders')).status).toBe(200);
  });
});

interface Expected {
  burst: number;
  rate: number;
  seconds: number;
}

async function flood(count: number, call: () => Promise<Response>): Promise<{ answers: Response[]; seconds: number }> {
  const started = performance.now();
  const answers = await inTurns(count, 50, call);
  return { answers, seconds: (performance.now() - started) / 1_000 };
}

/** One at once, the burst, and `rate` more a second. */
function expectPassed(answers: readonly Response[], { burst, rate, seconds }: Expected): void {
  const passed = answers.filter(({ status }) => status === 200).length;
  expect(passed + answers.filter(isLimited).length).toBe(answers.length);
  expect(passed).toBeGreaterThanOrEqual(1 + burst);
  expect(passed).toBeLessThanOrEqual(1 + burst + Math.ceil(seconds * rate) + 1);
}

async function inTurns<Result>(count: number, atOnce: number, call: () => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  while (results.length < count) results.push(...(await Promise.all(Array.from({ length: atOnce }, call))));
  return results;
}

const isLimited = ({ status }: Response) => status === 429;

async function waitOf(response: Response): Promise<number> {
  return ((await response.json()) as { retryAfterMs: number }).retryAfterMs;
}

/** Many at once: on a slow machine one after another would be no more than is allowed. */
async function untilLimited(call: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const limited = (await inTurns(100, 100, call)).find(isLimited);
    if (limited !== undefined) return limited;
  }
}
