import { deferred } from '@nats-io/nats-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PAUSES_MS } from '../../src/audit/run-check.ts';
import { eventually, itemIdOf, type Platform, quiet, usePlatform } from '../support/platform.ts';
import { aSaleAtRest } from './books.ts';

const on = usePlatform();
let platform: Platform;
let logged: { message: string; fields: Record<string, unknown> }[];

beforeEach(() => {
  ({ platform } = on);
  logged = [];
});
afterEach(() => platform.stopWorkers());

const note = (fields: object, message: string) => {
  if (message.startsWith('the audit')) logged.push({ message, fields: fields as Record<string, unknown> });
};
/** The watch rests ten times as long as a round took: a round of three seconds on a busy machine means a rest of thirty. */
const ROUND_WITHIN_MS = 90_000;
const aRound = (holds: () => Promise<boolean> | boolean, what: string) => eventually(holds, what, ROUND_WITHIN_MS);

const startWorker = () => platform.startWorker({ auditEveryMs: 200, log: { ...quiet, info: note, error: note } });

const metric = async (name: string): Promise<Record<string, number>> => {
  const sums: Record<string, number> = {};
  for (const { context } of platform.workers) {
    const found = await context.metrics.registry.getSingleMetric(name)?.get();
    for (const { labels, value } of found?.values ?? []) {
      const label = String(Object.values(labels)[0] ?? '');
      sums[label] = (sums[label] ?? 0) + value;
    }
  }
  return sums;
};

const lastRound = async () => Object.values(await metric('seckill_audit_last_timestamp_seconds'))[0] ?? 0;

test('a finding is exported and logged once while it lasts, and its end once', { timeout: 360_000 }, async () => {
  await startWorker();
  await startWorker();
  const { sale } = await aSaleAtRest(platform, 2);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 1, 'an audit that holds');
  expect(logged).toEqual([]);

  const { item } = itemKeys(itemIdOf(sale));
  await platform.redis.hincrby(item, 'live', 3);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 0, 'an audit that does not');
  expect((await metric('seckill_audit_findings'))['balance']).toBe(1);
  const since = await lastRound();
  await aRound(async () => (await lastRound()) > since, 'another round');
  const finding = { check: 'balance', saleId: sale.saleId, detail: 'Redis counts 5 held, sold 2' };
  expect(logged).toEqual([{ message: expect.stringContaining('the audit does not hold'), fields: finding }]);

  await platform.redis.hincrby(item, 'live', -3);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 1, 'an audit that holds again');
  expect((await metric('seckill_audit_findings'))['balance']).toBe(0);
  expect(logged.map(({ message }) => message.slice(0, 21))).toEqual(['the audit does not ho', 'the audit holds again']);
});

test('one worker audits; when it stops, another one takes over, and its findings leave its metrics', {
  timeout: 240_000,
}, async () => {
  await startWorker();
  const { sale } = await aSaleAtRest(platform, 1);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 1, 'the first audits');
  await startWorker();
  const [first, second] = platform.workers;
  for (const turn of ['the first audits beside the second', 'the first audits again']) {
    const since = await lastRound();
    await aRound(async () => (await lastRound()) > since, turn);
  }
  const rounds = await Promise.all([first, second].map((worker) => worker?.context.metrics.auditTime.get()));
  expect(rounds.map((each) => (each?.values[0]?.value ?? 0) > 0)).toEqual([true, false]);
  await first?.stop();
  platform.workers.splice(0, 1);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 1, 'the second audits');
});

test('while orders are made, the audit rests between two sales', { timeout: 240_000 }, async () => {
  await startWorker();
  const { sale: one } = await aSaleAtRest(platform, 1);
  const { sale: other } = await aSaleAtRest(platform, 1);
  await platform.stopWorkers();
  const { context } = await startWorker();
  const rests: number[] = [];
  const over = deferred<void>();
  context.pace.rest = async (_, { times }) => {
    rests.push(times);
    await over;
  };
  await aRound(() => rests.length > 0, 'a rest');
  expect(await metric('seckill_audit_holds'), 'the round goes on').toEqual({});
  over.resolve();
  await aRound(async () => {
    const holds = await metric('seckill_audit_holds');
    return holds[one.saleId] === 1 && holds[other.saleId] === 1;
  }, 'both audited');
  expect(new Set(rests)).toEqual(new Set([10]));
});

test('a worker whose audit has found something stops at once', { timeout: 240_000 }, async () => {
  const worker = await startWorker();
  const { sale } = await aSaleAtRest(platform, 1);
  await platform.redis.hincrby(itemKeys(itemIdOf(sale)).item, 'live', 3);
  await aRound(async () => (await metric('seckill_audit_holds'))[sale.saleId] === 0, 'found');
  // The next round begins by reading the clock, and then makes several passes.
  const { clock } = worker.context;
  let began: number | undefined;
  clock.now = () => {
    began ??= performance.now();
    return Date.now();
  };
  await aRound(() => began !== undefined, 'the next round begun');
  await worker.stop();
  expect(performance.now() - (began ?? 0)).toBeLessThan(PAUSES_MS);
});
