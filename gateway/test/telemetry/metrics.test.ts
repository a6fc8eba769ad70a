import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { buy, openSale, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

test('answers are counted by route and outcome, with their durations', async () => {
  const { itemId } = await openSale(on, { stock: 3 });
  for (let i = 0; i < 5; i += 1) await buy(on, ticketFor(on, itemId, `counted${i}`));
  await on.call('GET', '/api/sales');
  await on.call('GET', '/api/sales/nowhere');
  const { text, headers } = await on.call('GET', '/metrics');
  expect(headers.get('content-type')).toMatch(/^text\/plain/);
  const value = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')
        .at(-1),
    );
  const answers = (route: string, outcome: string) =>
    value(`seckill_gateway_answers_total{route="${route}",outcome="${outcome}"}`);
  expect(answers('/api/reservations', 'RESERVED')).toBe(3);
  expect(answers('/api/reservations', 'SOLD_OUT')).toBe(2);
  expect(answers('/api/sales', 'OK')).toBe(1);
  expect(answers('/api/sales/:saleId', 'NOT_FOUND')).toBe(1);
  const bucket = (le: string) =>
    value(`seckill_gateway_answer_seconds_bucket{route="/api/reservations",outcome="RESERVED",le="${le}"}`);
  expect(bucket('+Inf')).toBe(3);
  expect(bucket('5')).toBe(3);
  expect(value('seckill_gateway_answer_seconds_sum{route="/api/reservations",outcome="RESERVED"}')).toBeGreaterThan(0);
  for (const gauge of [
    'publishes_in_flight',
    'unacknowledged_winners',
    'outbox',
    'event_loop_lag_seconds',
    'sold_out_beliefs',
    'under_way',
  ]) {
    expect(value(`seckill_gateway_${gauge}`)).toBeGreaterThanOrEqual(0);
  }
  expect(value('seckill_gateway_ready')).toBe(1);
});
