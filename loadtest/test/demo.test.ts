import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Tally } from 'simulation';
import { afterAll, describe, expect, test } from 'vitest';
import type { DemoOptions } from '../demo/flags.ts';
import type { DemoReport } from '../demo/report.ts';
import { type DemoPace, runDemo } from '../demo/run-demo.ts';
import { FakePlatform, type Lies } from './fake-platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'seckill-demo-test-'));
const platforms: FakePlatform[] = [];
/** Every winner pays in time, so no sold unit comes back. */
const TIME_TO_PAY = { abandon: 0, payTimeoutSeconds: 60 };
/** The demo waits less for a platform that lies. */
const LIED_TO = { promise: 1_500 };
afterAll(async () => {
  for (const platform of platforms.splice(0)) await platform.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function demo(options: Partial<DemoOptions> = {}, lies: Partial<Lies> = {}, pace: Partial<DemoPace> = {}) {
  const platform = await new FakePlatform(lies).start();
  platforms.push(platform);
  let printed = '';
  const output = new Writable({
    write: (chunk, _, done) => {
      printed += chunk;
      done();
    },
  });
  const jsonFile = join(folder, `report-${platforms.length}.json`);
  const holds = await runDemo(
    {
      buyers: 120,
      stock: 20,
      abandon: 0.2,
      payTimeoutSeconds: 1,
      providers: undefined,
      listeners: false,
      hostile: 0,
      admission: undefined,
      jsonFile,
      quiet: true,
      ...options,
    },
    {
      startPlatform: async () => ({ gatewayUrls: [platform.url], adminToken: 'admin' }),
      output,
      signal: new AbortController().signal,
      pace: { lead: 200, promise: 30_000, patience: 4_000, ...pace },
    },
  );
  return { holds, printed, report: JSON.parse(readFileSync(jsonFile, 'utf8')) as DemoReport };
}

const failed = ({ audit }: DemoReport) => audit.checks.filter(({ holds }) => !holds).map(({ name }) => name);

test.concurrent('120 buyers, 20 units: each is paid or back in stock, and the books balance', async () => {
  const { holds, report, printed } = await demo({ abandon: 0.5 });
  expect(failed(report)).toEqual([]);
  expect(holds).toBe(true);
  expect(report.orders.paid + report.audit.stockLeft).toBe(20);
  expect(report.orders.cancelled).toBeGreaterThan(0);
  // A payment at the very moment of the deadline is refunded.
  expect(report.orders.created).toBe(report.orders.paid + report.orders.cancelled + report.orders.refunded);
  expect(report.answers['RESERVED']).toBe(report.orders.created);
  // Every buyer without a win received SOLD_OUT.
  expect(report.answers['SOLD_OUT']).toBeGreaterThanOrEqual(120 - report.orders.created);
  expect(report.audit).toMatchObject({ holds: true, oversold: 0, lost: 0, duplicated: 0, drift: 0 });
  expect(printed).toMatch(/In the end \d+ units? (is|are) paid, \d+ left[,.]/);
  expect(printed).toContain('The audit holds');
});

test.concurrent('120 buyers, 20 units, and every winner pays: the first "sold out" comes after the last unit', async () => {
  const { holds, report, printed } = await demo(TIME_TO_PAY);
  expect(failed(report)).toEqual([]);
  expect(holds).toBe(true);
  expect(report.orders).toEqual({ created: 20, paid: 20, cancelled: 0, refunded: 0 });
  expect(report.answers['RESERVED']).toBe(20);
  expect(report.answers['SOLD_OUT']).toBeGreaterThanOrEqual(100);
  const winsAtSoldOut = Number(/when (\d+) buyers knew of their win/.exec(printed)?.[1]);
  expect(winsAtSoldOut).toBeGreaterThan(0);
  expect(winsAtSoldOut).toBeLessThanOrEqual(20);
});

test('what is sold again after the first "sold out" is not among the first wins', () => {
  const tally = new Tally();
  const answer = (code: string, at: number) => tally.answer({ code, at, ms: 1 });
  for (let at = 1; at <= 20; at += 1) answer('RESERVED', at);
  for (let at = 21; at <= 25; at += 1) answer('SOLD_OUT', at);
  for (let at = 26; at <= 28; at += 1) answer('RESERVED', at);
  expect(tally).toMatchObject({ soldOutAt: 21, winsAtSoldOut: 20 });
  expect(tally.resold(20)).toBe(3);
});

test.concurrent('more units than buyers: no buyer receives "sold out", and the remaining units stay in stock', async () => {
  const { holds, report, printed } = await demo({ ...TIME_TO_PAY, buyers: 10, stock: 30 });
  expect(holds).toBe(true);
  expect(report.answers['SOLD_OUT']).toBeUndefined();
  expect(report.audit.stockLeft).toBe(20);
  expect(printed).toContain('no buyer received "sold out"');
});

test.concurrent('after a lost answer the buyer asks again, and no win is lost', async () => {
  const { holds, report } = await demo({ abandon: 0 }, { cutEvery: 7 });
  expect(report.answers['NO_ANSWER']).toBeGreaterThan(5);
  expect(failed(report)).toEqual([]);
  expect(holds).toBe(true);
});

test.concurrent('--json has the fields of the contract and no others', async () => {
  const { report } = await demo({ buyers: 30, abandon: 0 });
  expect(Object.keys(report)).toEqual(['saleId', 'buyers', 'stock', 'seconds', 'answers', 'orders', 'latencyMs', 'audit']);
  expect(Object.keys(report.orders)).toEqual(['created', 'paid', 'cancelled', 'refunded']);
  expect(Object.keys(report.latencyMs)).toEqual(['p50', 'p95', 'p99']);
  expect(Object.keys(report.audit).sort()).toEqual(
    ['checks', 'drift', 'duplicated', 'holds', 'lost', 'oversold', 'stockLeft'].sort(),
  );
});

describe('although the platform claims that its books balance, the demo fails if it', () => {
  test.concurrent('sold more than it had', async () => {
    const { holds, report } = await demo(TIME_TO_PAY, { oversell: 3 });
    expect(holds).toBe(false);
    expect(report.audit.oversold).toBe(3);
    expect(failed(report)).toContain('Units sold and units left make the stock');
  });

  test.concurrent('never made an order for some winners', async () => {
    const { holds, report } = await demo({}, { loseEvery: 5 }, LIED_TO);
    expect(holds).toBe(false);
    expect(report.audit.lost).toBeGreaterThan(0);
    expect(failed(report)).toContain('Every buyer who received RESERVED has an order or a rejection');
  });

  test.concurrent('made an order for a buyer who was refused', async () => {
    const { holds, report } = await demo({ abandon: 0, payTimeoutSeconds: 6 }, { orderForLosers: 1 });
    expect(holds).toBe(false);
    expect(failed(report)).toContain('No buyer who was refused has an order');
  });

  test.concurrent('cancelled an order before its payment deadline', async () => {
    // Each looks once, shortly before the deadline: twenty looks over five seconds.
    const lies = { cancelEarlyMs: 700, orderEveryMs: 250 };
    const { holds, report } = await demo({ abandon: 1, buyers: 20, payTimeoutSeconds: 4 }, lies);
    expect(holds).toBe(false);
    expect(failed(report)).toContain('No order was cancelled before its payment deadline');
  });

  test.concurrent('gave the same token another answer', async () => {
    const { holds, report } = await demo({ buyers: 400, stock: 300, abandon: 0 }, { forgetWinners: true });
    expect(holds).toBe(false);
    expect(failed(report)).toContain('A winner who clicks again gets the same answer');
  });

  test.concurrent('took money for nothing', async () => {
    const { holds, report } = await demo({}, { losePayments: true }, LIED_TO);
    expect(holds).toBe(false);
    expect(failed(report)).toContain('Every payment bought an order or was refunded');
  });
});
