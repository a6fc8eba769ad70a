import { waitUntil } from 'dev';
import { readFlags, UsageError } from 'seckill-core';
import { Latencies, LatenciesByCode } from 'simulation';
import { expect, test } from 'vitest';
import { BENCH, benchOptions } from '../bench/flags.ts';
import type { JobResult } from '../bench/generator/job.ts';
import { peakOf } from '../bench/measure/peak-memory.ts';
import { costsBetween, readCosts } from '../bench/measure/process-costs.ts';
import { type RowRun, rowOf } from '../bench/measure/row.ts';
import { median, medianRecord } from '../bench/medians.ts';
import { noiseOf } from '../bench/noise.ts';
import { printReport } from '../bench/print.ts';
import { withNeeds } from '../bench/story.ts';
import { summarise } from '../bench/summarise.ts';
import { svgChart } from '../bench/svg-chart.ts';
import { checkBooks, checkHot, checkRoom, checkTargets, checkWebhooks, judge } from '../bench/targets.ts';

const run = (row: string, perSecond: number, more: Partial<RowRun> = {}): RowRun => ({
  row,
  perSecond,
  p50Ms: 1,
  p99Ms: 2,
  count: 1000,
  cpuSeconds: { gateway: 0.02 },
  rssMiB: { gateway: 100 },
  faults: [],
  extra: {},
  ...more,
});

const machine = { system: 'Linux', cpu: 'a CPU', cores: 2, memoryGiB: 1, node: '20' };

test('the median of an even number of values lies between the middle two; of none it is 0', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBe(0);
  expect(medianRecord([{ a: 1 }, { a: 3, b: 5 }])).toEqual({ a: 2, b: 5 });
});

test('a ratio is that of a round, not of medians: a machine that slows down for a round changes none', () => {
  const rows = summarise([
    [run('bare', 40_000), run('win', 20_000)],
    [run('bare', 20_000), run('win', 10_000)],
    [run('bare', 10_000), run('win', 5_000)],
  ]);
  expect(rows.find(({ row }) => row === 'win')).toMatchObject({
    perSecond: 10_000,
    ratioToBare: 0.5,
    spread: { min: 5_000, max: 20_000 },
    rounds: 3,
    cpuMicrosEach: { gateway: 20 },
  });
});

test('a row is held against the bare rows just before and after it, so a machine that slows down within a round changes little', () => {
  const [round] = [[run('bare', 40_000), run('sold out', 32_000), run('bare', 24_000), run('win', 6_000), run('bare', 8_000)]];
  const ratioOf = (name: string) => summarise([round]).find(({ row }) => row === name)?.ratioToBare;
  expect(ratioOf('sold out')).toBe(1);
  expect(ratioOf('win')).toBe(0.375);
  expect(ratioOf('bare')).toBe(1);
});

test('a win beside onlookers is held against the win of its round', () => {
  const rows = summarise([
    [run('win beside live', 9_500), run('win', 10_000)],
    [run('win beside live', 4_800), run('win', 5_000)],
  ]);
  expect(rows.find(({ row }) => row === 'win beside live')?.ratioToWin).toBe(0.955);
  expect(checkTargets(rows)).toContainEqual(expect.objectContaining({ name: expect.stringContaining('live'), met: true }));
});

test('the report and the picture tell the rows as a story, whatever the order in which they ran', () => {
  const rows = summarise([
    [run('orders', 9_000, { p50Ms: 0 }), run('win', 20_000), run('bare', 40_000), run('sold out', 38_000)],
    [run('million', 1, { p50Ms: 0 }), run('idle', 0, { p50Ms: 0 }), run('light gateways: 64', 9_000, { p50Ms: 0 })],
  ]);
  expect(rows.map(({ row }) => row)).toEqual(['bare', 'sold out', 'win', 'orders', 'light gateways: 64', 'idle', 'million']);
  expect(labelsOf(svgChart(rows))).toEqual(['bare', 'sold out', 'win']);
});

test('names of rows cannot break the picture', () => {
  expect(labelsOf(svgChart(summarise([[run('bare', 40_000), run('<win>', 20_000)]])))).toContain('&#60;win&#62;');
});

const labelsOf = (picture: string) => [...picture.matchAll(/text-anchor="end">([^<]+)</g)].map(([, label]) => label);

test('targets are met or missed by the value, and those not measured are not listed', () => {
  const targets = checkTargets(
    summarise([
      [run('bare', 40_000), run('sold out', 41_000), run('win', 25_000), run('naive', 2_000)],
      [run('light gateways: 1', 50_000), run('light gateways: 64', 46_000)],
      [run('idle', 0, { extra: { gatewayPercent: 1.2 } })],
    ]),
  );
  const met = Object.fromEntries(targets.map(({ name, met }) => [name, met]));
  expect(met).toEqual({
    'sold out, of bare': true,
    'win, of bare': false,
    'win, times naive SQL': true,
    'wins by 64 gateways, of those by 1': true,
    'CPU of an idle gateway, 300 items on sale, %': false,
    'memory of a gateway, MiB': true,
  });
  expect(judge([{ name: 'x', value: 1, atMost: 1 }])[0]).toMatchObject({ target: '≤ 1', met: true });
});

test('a machine whose bare rows differ too much is too noisy to judge, and the report says so instead of "met"', () => {
  const reportOf = (slowest: number) => {
    const rows = summarise([[run('bare', 40_000), run('sold out', 41_000), run('bare', slowest)]]);
    const noise = noiseOf(rows);
    const report = printReport({ machine, at: '', how: '', rows, targets: checkTargets(rows), noise, faults: [] }).join('\n');
    return { noise, report };
  };
  const quiet = reportOf(36_000);
  expect(quiet.noise).toEqual({ slowestOfFastest: 0.9, tooNoisy: false });
  expect(quiet.report).toContain('✓ sold out, of bare');
  const noisy = reportOf(30_000);
  expect(noisy.noise).toEqual({ slowestOfFastest: 0.75, tooNoisy: true });
  expect(noisy.report).toContain('Too noisy to judge');
  expect(noisy.report).toContain('? sold out, of bare');
  expect(noisy.report).not.toMatch(/[✓✗]/);
});

test('one bare row says nothing about noise', () => {
  expect(noiseOf(summarise([[run('bare', 40_000), run('win', 20_000)]]))).toBeUndefined();
});

test('a row comes with what it is compared with and what makes its work', () => {
  expect([...withNeeds(['cancels'])].sort()).toEqual(['cancels', 'orders', 'win']);
  expect([...withNeeds(['idle', 'sold out'])].sort()).toEqual(['idle', 'sold out']);
});

test('a row whose answers are not those it measures has a fault', () => {
  const all = { count: 640, p50Ms: 1, p95Ms: 1, p99Ms: 1, lastAt: 0 };
  const result: JobResult = {
    seconds: 1,
    perSecond: 640,
    all,
    byStatus: { 409: all },
    codes: { SOLD_OUT: 20 },
    faults: 0,
    startedAt: 0,
    endedAt: 0,
    cpuSeconds: 0,
  };
  const costs = { cpuSeconds: {}, rssMiB: {} };
  expect(rowOf('sold out', result, costs, 'SOLD_OUT').faults).toEqual([]);
  expect(rowOf('win', result, costs, 'RESERVED').faults).toHaveLength(1);
  expect(rowOf('sold out', { ...result, faults: 3 }, costs, 'SOLD_OUT').faults).toHaveLength(1);
  expect(rowOf('sold out', { ...result, codes: {} }, costs, 'SOLD_OUT').faults).toHaveLength(1);
});

test('percentiles are never better than the values, and merge', () => {
  const answers = new LatenciesByCode();
  for (let ms = 1; ms <= 1000; ms += 1) answers.add(ms % 2 === 0 ? 'RESERVED' : 'SOLD_OUT', ms);
  const { all } = answers;
  expect(all.count).toBe(1000);
  expect(all.percentile(50)).toBeGreaterThanOrEqual(500);
  expect(all.percentile(50)).toBeLessThan(500.2);
  expect(all.percentile(99)).toBeGreaterThanOrEqual(990);
  expect(all.percentile(100)).toBeCloseTo(1000, 0);
  expect(answers.get('RESERVED')?.count).toBe(500);
  expect(new Latencies().percentile(50)).toBe(0);
});

test.runIf(process.platform === 'linux')('what a process used is read from the system', () => {
  const parts = [{ part: 'this', pids: [process.pid] }];
  const used = () => Object.values(process.cpuUsage()).reduce((sum, micros) => sum + micros, 0) / 1_000_000;
  const outerFrom = used();
  const before = readCosts(parts);
  const from = used();
  while (used() - from < 0.3);
  const atLeast = used() - from;
  const { cpuSeconds, rssMiB } = costsBetween(before, readCosts(parts));
  const atMost = used() - outerFrom;
  // Each of the two readings is some hundredths of a second rough.
  expect(cpuSeconds['this']).toBeGreaterThan(atLeast - 0.1);
  expect(cpuSeconds['this']).toBeLessThan(atMost + 0.1);
  expect(rssMiB['this']).toBeGreaterThan(10);
});

test.runIf(process.platform === 'linux')(
  'the memory that a part takes for a while counts, also if it is free again',
  async () => {
    let reads = 0;
    const processes = () => {
      reads += 1;
      return [{ part: 'this', pids: [process.pid] }];
    };
    const { result, extraMiB } = await peakOf(processes, 'this', async () => {
      const taken = Buffer.alloc(64 * 2 ** 20, 1);
      const before = reads;
      await waitUntil(() => reads > before, 30_000);
      return taken.length;
    });
    expect(result).toBe(64 * 2 ** 20);
    expect(extraMiB).toBeGreaterThan(50);
  },
);

test('the aims for large books are those for a million orders, and hold no other run to them', () => {
  const rows = (orders: number) => [
    run('rebuild', 1, { extra: { orders, seconds: 9 } }),
    run('audit', 1, { extra: { orders, seconds: 61, extraMiB: 80 } }),
    run('overview, 10 x orders', 1, { extra: { orders: 10 * orders, ms: 12 } }),
  ];
  expect(checkBooks(summarise([rows(1_000_000)])).map(({ met }) => met)).toEqual([true, false, true, true]);
  expect(checkBooks(summarise([rows(1_000)]))).toEqual([]);
});

test('a webhook endpoint may be a second behind', () => {
  const row = (mostBehindMs: number) => [run('webhooks', 500, { extra: { mostBehindMs } })];
  expect(checkWebhooks(summarise([row(999)])).map(({ met }) => met)).toEqual([true]);
  expect(checkWebhooks(summarise([row(1_001)])).map(({ met }) => met)).toEqual([false]);
});

test('the aims of a hot item and of a waiting room', () => {
  const hot = (beside: number) => [
    { ...run('quiet alone', 200), p99Ms: 2 },
    { ...run('quiet beside hot', 200), p99Ms: beside },
  ];
  expect([3, 3.1].map((ms) => checkHot(summarise([hot(ms)])).map(({ met }) => met))).toEqual([[true], [false]]);
  const rounds = [
    [run('bare', 100), run('look-ups of tickets', 79)],
    [run('bare', 40_000), run('joins', 20_000)],
    [run('pages pushed', 1, { extra: { lastAfterFirstMs: 1_001 } })],
    [run('million tickets', 1, { extra: { bytesAPerson: 92 } })],
  ];
  expect(checkRoom(summarise(rounds)).map(({ met }) => met)).toEqual([false, true, false, true]);
});

test('bad flags are refused by name', () => {
  const read = (...args: string[]) => benchOptions(readFlags(BENCH, args).flags);
  expect(read()).toMatchObject({ seconds: 5, rounds: 3, form: 'table' });
  expect(read('--million')).toMatchObject({ form: 'million' });
  expect(read().rows).toContain('win with worker');
  expect(read('--rows', 'win with worker,idle')).toMatchObject({ form: 'table', rows: ['win with worker', 'idle'] });
  expect(read('--books', '--orders', '1000')).toMatchObject({ form: 'books', orders: 1_000 });
  expect(read('--listeners')).toMatchObject({ form: 'listeners' });
  expect(read('--webhooks')).toMatchObject({ form: 'webhooks', deliveries: 5_000 });
  expect(['--hot', '--room'].map((form) => read(form).form)).toEqual(['hot', 'room']);
  for (const args of [
    ['--webhooks', '--books'],
    ['--seconds', '0'],
    ['--seconds'],
    ['--rounds', 'x'],
    ['--million', '--scale'],
    ['--million', '--books'],
    ['--rows', 'wins'],
    ['--rows', ''],
    ['--rows', 'win', '--million'],
    ['--books', '--orders', '0'],
    ['--svg', '/no/such/x'],
    ['x'],
  ]) {
    expect(() => read(...args)).toThrow(UsageError);
  }
});
