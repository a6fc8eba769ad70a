import { calls } from 'seckill-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSinks } from '../../src/data-hub/configure-sinks.ts';
import type { Sink } from '../../src/data-hub/sink.ts';
import { clickHouseSink } from '../../src/data-hub/sinks/clickhouse/clickhouse-sink.ts';
import { eventually, usePlatform, users } from '../support/platform.ts';
import { type ClickHouseServer, startClickHouse } from './clickhouse-server.ts';

const on = usePlatform();
let server: ClickHouseServer;
beforeEach(async () => {
  server = await startClickHouse('hub', 'a password');
});
afterEach(() => server.close());

const sinkTo = (password = 'a password'): Sink =>
  clickHouseSink({ url: server.url, database: 'shop', user: 'hub', password, everyMs: 1 });

test('ClickHouse has each event once, and each order as PostgreSQL has it, through failures and repeated batches', {
  timeout: 120_000,
}, async () => {
  const { platform } = on;
  const sink = sinkTo();
  let writes = 0;
  const unsure: Sink = {
    ...sink,
    mostEvents: 9,
    async write(batch) {
      await sink.write(batch);
      writes += 1;
      if (writes % 3 === 1) throw new Error('The answer was lost.');
    },
  };
  await platform.startWorker({ dataHub: { sinks: [{ name: 'clickhouse', sink: unsure }], from: 'beginning' } });
  const sale = await platform.openSale({ stock: 100 });
  const wins = await platform.win(sale, users(40));
  await platform.comesToRest();
  for (const { reservationId: orderId, userId } of wins.slice(0, 15)) await platform.call(calls.cancelOrder, { userId, orderId });
  await platform.comesToRest();
  await eventually(() => server.rows('seckill_events').length === 55, 'all events are there');
  const inClickHouse = () =>
    server
      .rows('seckill_orders')
      .map((row) => [row['order_id'], row['status'], row['version'], row['amount_minor'], row['user_id']])
      .toSorted();
  const orders = await platform.prisma.order.findMany();
  const inPostgres = orders
    .map((order) => [order.id, order.status, order.version, Number(order.amountCents), order.userId])
    .toSorted();
  await eventually(() => JSON.stringify(inClickHouse()) === JSON.stringify(inPostgres), 'the orders are the same');
  expect(server.rows('seckill_events')[0]).toMatchObject({ type: expect.any(String), time: expect.stringMatching(/Z$/) });
});

test('a refusal is said in the words of ClickHouse, and what it could not take comes later', async () => {
  await expect(sinkTo('wrong').prepare?.({ isAgain: false, since: 0 })).rejects.toThrow(/refused with HTTP 403: Code: 516/);
  server.refusal = 'Code: 252. DB::Exception: Too many parts';
  const sink = sinkTo();
  await expect(sink.prepare?.({ isAgain: false, since: 0 })).rejects.toThrow(
    /HTTP 500: Code: 252. DB::Exception: Too many parts/,
  );
  server.refusal = undefined;
  await sink.prepare?.({ isAgain: false, since: 0 });
  expect(server.statements.map((statement) => /CREATE TABLE IF NOT EXISTS \w+/.exec(statement)?.[0])).toEqual([
    'CREATE TABLE IF NOT EXISTS seckill_events',
    'CREATE TABLE IF NOT EXISTS seckill_orders',
  ]);
});

test('an address turns it on, and its faults are named', () => {
  const names = (env: Record<string, string>) => readSinks(env).sinks.map(({ module }) => module.name);
  expect(names({ CLICKHOUSE_URL: 'http://clickhouse:8123' })).toEqual(['clickhouse']);
  expect(readSinks({ CLICKHOUSE_URL: 'clickhouse:8123' }).faults).toEqual([expect.stringContaining('CLICKHOUSE_URL')]);
  expect(readSinks({ CLICKHOUSE_URL: 'http://x', CLICKHOUSE_DATABASE: 'a; DROP' }).faults).toEqual([
    expect.stringContaining('CLICKHOUSE_DATABASE'),
  ]);
});
