import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  callRpc,
  calls,
  newId,
  newReservationId,
  type OrderEvent,
  orderEvent,
  type SinkView,
  sendOrderEvents,
} from 'seckill-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Sink } from '../../src/data-hub/sink.ts';
import { filesSink } from '../../src/data-hub/sinks/files/files-sink.ts';
import { startOnly } from '../../src/start-worker.ts';
import { eventually, type Platform, quiet, usePlatform } from '../support/platform.ts';
import { duckdb } from './duckdb.ts';

const on = usePlatform();
const folder = mkdtempSync(join(tmpdir(), 'seckill-again-'));
const saleId = newId();
let platform: Platform;

const happened = (day: number): OrderEvent => ({
  ...{ event: 'created', orderId: newReservationId('00002a'), saleId, itemId: '00002a', userId: 'u', quantity: 1 },
  ...{ amountCents: 1, currency: 'EUR', reservedAt: Date.UTC(2020, 0, day, 9), at: Date.UTC(2020, 0, day, 9), version: 0 },
  payBy: Date.UTC(2020, 0, day, 9),
});

const feed = (name: string, sink: Sink) =>
  platform.startWorker({ dataHub: { sinks: [{ name, sink }], from: 'beginning' }, listeners: [] });

async function view(name: string): Promise<SinkView | undefined> {
  const { sinks } = await platform.call(calls.listSinks, {});
  return sinks.find(({ sink }) => sink === name);
}

const isUpToDate = (name: string, events: number) =>
  eventually(async () => {
    const sink = await view(name);
    return sink?.behind === 0 && !sink.readsDatabase && sink.events === events;
  }, `${name} has ${events} events`);

beforeAll(async () => {
  ({ platform } = on);
  for (const day of [1, 2, 3]) await sendOrderEvents(platform.publisher, [happened(day), happened(day)]);
});
beforeEach(async () => {
  await platform.stopWorkers();
  await platform.prisma.dataHubPosition.deleteMany();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a sink that is started over receives every event again, and a batch that it was writing counts for nothing', {
  timeout: 60_000,
}, async () => {
  const batches: string[][] = [];
  const prepared: object[] = [];
  let isWriting = (): void => {};
  const writing = new Promise<void>((resolve) => {
    isWriting = resolve;
  });
  let goOn = (): void => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  await feed('held', {
    mostEvents: 2,
    everyMs: 1,
    prepare: async (run) => void prepared.push(run),
    async write({ events }) {
      batches.push(events.map(orderEvent.id));
      if (batches.length !== 1) return;
      isWriting();
      await held;
    },
  });
  await writing;
  await platform.call(calls.restartSink, { sink: 'held', from: 'beginning' });
  goOn();
  await isUpToDate('held', 6);
  const [first, ...again] = batches;
  expect(again.flat()).toHaveLength(6);
  expect(new Set(again.flat()).size).toBe(6);
  expect(again[0]).toEqual(first);
  expect(prepared).toEqual([
    { isAgain: false, since: 0 },
    { isAgain: true, since: 0 },
  ]);
});

test('a sink that waits after failures begins at once when it is started over', { timeout: 90_000 }, async () => {
  // The longest of the random pauses.
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  let tries = 0;
  await feed('failing', {
    mostEvents: 10,
    everyMs: 1,
    async write() {
      tries += 1;
      if (tries < 10) throw new Error('It is away.');
    },
  });
  await eventually(async () => ((await view('failing'))?.failures ?? 0) >= 5, 'a pause of 16 s', 60_000);
  expect(await view('failing')).toMatchObject({ lastError: 'It is away.', events: 0 });
  tries = 10;
  const began = performance.now();
  await platform.call(calls.restartSink, { sink: 'failing', from: 'beginning' });
  await isUpToDate('failing', 6);
  expect(performance.now() - began).toBeLessThan(12_000);
  vi.restoreAllMocks();
  expect(await view('failing')).toMatchObject({ failures: 0 });
});

const inFiles = () =>
  duckdb(
    `SELECT date, count(*)::INT AS events, count(DISTINCT id)::INT AS ids, count(DISTINCT filename)::INT AS files
     FROM read_parquet('${folder}/events/*/*.parquet', filename = true, hive_types = {'date': 'VARCHAR'}) GROUP BY date ORDER BY date`,
  );
const day = (date: string, files = 1) => ({ date, events: 2, ids: 2, files });

test('files that are started over hold each event once, from the beginning or from a day', { timeout: 60_000 }, async () => {
  const files = (mostEvents: number): Sink => ({
    ...filesSink({
      location: { kind: 'folder', path: folder },
      keys: { accessKeyId: '', secretAccessKey: '' },
      formats: ['parquet'],
      everyMs: 1,
    }),
    mostEvents,
  });
  const one = await feed('files', files(1));
  await isUpToDate('files', 6);
  const days = ['2020-01-01', '2020-01-02', '2020-01-03'];
  expect(await inFiles()).toEqual(days.map((date) => day(date)));
  await one.stop();
  platform.workers.length = 0;
  // Larger batches have other names than those before.
  await feed('files', files(100));
  await platform.call(calls.restartSink, { sink: 'files', from: 'beginning' });
  await isUpToDate('files', 6);
  expect(await inFiles()).toEqual(days.map((date) => day(date)));
  await platform.call(calls.restartSink, { sink: 'files', from: '2020-01-02T23:00:00Z' });
  await isUpToDate('files', 4);
  expect(await inFiles()).toEqual(days.map((date) => day(date)));
});

test('only a sink that has begun can start over, and only from a time that has come', async () => {
  await feed('known', { mostEvents: 10, everyMs: 1, write: async () => {} });
  await isUpToDate('known', 6);
  const restart = (sink: string, from: string) => platform.call(calls.restartSink, { sink, from });
  await expect(restart('unknown', 'beginning')).rejects.toThrow('There is no sink "unknown". Known are: known.');
  await expect(restart('known', '2999-01-01')).rejects.toThrow('is in the future');
  await expect(restart('known', '2026-02-31T25:00:00Z')).rejects.toThrow('is not a day or a time');
  expect(await view('known')).toMatchObject({ events: 6 });
});

test('a process that feeds only a sink does nothing else of a worker', { timeout: 60_000 }, async () => {
  await platform.startWorker();
  const { nc, redis, prisma, databaseUrl } = platform;
  const received: string[] = [];
  const sink: Sink = {
    mostEvents: 10,
    everyMs: 1,
    write: async ({ events }) => void received.push(...events.map(orderEvent.id)),
  };
  const only = await startOnly({
    ...{ nc, redis, prisma, databaseUrl, log: quiet, providers: [], listeners: [] },
    dataHub: { sinks: [{ name: 'alone', sink }], from: 'beginning' },
  });
  try {
    await isUpToDate('alone', 6);
    expect(new Set(received).size).toBe(6);
    await platform.stopWorkers();
    await expect(callRpc(nc, calls.listSinks, {}, { timeoutMs: 500 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  } finally {
    await only.stop();
  }
});
