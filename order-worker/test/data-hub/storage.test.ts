import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { newId, newReservationId, type OrderEvent } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSinks } from '../../src/data-hub/configure-sinks.ts';
import { filesSink } from '../../src/data-hub/sinks/files/files-sink.ts';
import { type Location, readLocation } from '../../src/data-hub/sinks/files/location.ts';
import { type S3Server, startS3 } from './s3-server.ts';

const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'a secret/with+signs' };
const DAY_MS = 24 * 60 * 60 * 1000;
const saleId = newId();
const event = (version: number, change: Partial<OrderEvent> = {}): OrderEvent => ({
  ...{ event: 'created', orderId: newReservationId('00002a'), saleId, itemId: '00002a', userId: 'Zoë 李雷 \\"', quantity: 2 },
  ...{
    amountCents: 9_007_199_254_740_991,
    currency: 'CNY',
    reservedAt: Date.UTC(2026, 10, 11, 23, 59),
    at: Date.UTC(2026, 10, 12),
  },
  ...{ payBy: Date.UTC(2026, 10, 12), version },
  ...change,
});

let s3: S3Server;
let folder: string;
beforeEach(async () => {
  s3 = await startS3({ AKIATEST: KEYS.secretAccessKey });
  folder = mkdtempSync(join(tmpdir(), 'seckill-files-'));
});
afterEach(async () => {
  await s3.close();
  rmSync(folder, { recursive: true, force: true });
});

const sinkAt = (location: Location, keys = KEYS) => filesSink({ location, keys, formats: ['parquet', 'ndjson'], everyMs: 1 });
const filesIn = (path: string) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(path, join(parentPath, name)));
const bucket = (): Location => ({ kind: 's3', endpoint: s3.endpoint, region: 'eu-central-1', bucket: 'shop', prefix: 'a/b' });

test('a bucket holds the same files as a folder, each request signed as S3 describes it', async () => {
  const batch = { name: '1-000000000001', events: [event(0), event(0, { at: Date.UTC(2026, 10, 12) + DAY_MS })] };
  await sinkAt(bucket()).write(batch);
  await sinkAt({ kind: 'folder', path: folder }).write(batch);
  const inFolder = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('part-'));
  expect([...s3.objects.keys()].toSorted()).toEqual(inFolder.map((name) => `shop/a/b/${name}`).toSorted());
  expect(inFolder).toContain('events/date=2026-11-13/part-1-000000000001.parquet');
  expect(inFolder).toContain('orders/date=2026-11-11/part-1-000000000001.ndjson');
  expect(inFolder).toHaveLength(6);
  for (const name of inFolder) expect(s3.objects.get(`shop/a/b/${name}`)).toEqual(readFileSync(join(folder, name)));
});

test('a batch with the same name replaces its files', async () => {
  const sink = sinkAt(bucket());
  await sink.write({ name: '1-1', events: [event(0)] });
  const before = s3.objects.size;
  await sink.write({ name: '1-1', events: [event(0), event(0)] });
  expect(s3.objects.size).toBe(before);
  const lines = s3.objects.get('shop/a/b/events/date=2026-11-12/part-1-1.ndjson')?.toString().trim().split('\n') ?? [];
  expect(lines.map((line) => JSON.parse(line).data.userId)).toEqual(['Zoë 李雷 \\"', 'Zoë 李雷 \\"']);
});

test('a sink that starts over removes its files of the day and later, in a bucket as in a folder, and no other file', async () => {
  const day = (n: number) => event(0, { at: Date.UTC(2026, 10, n), reservedAt: Date.UTC(2026, 10, n) });
  for (const location of [bucket(), { kind: 'folder', path: folder } as const]) {
    const sink = sinkAt(location);
    for (const n of [11, 12, 13]) await sink.write({ name: `1-${n}`, events: [day(n)] });
  }
  const others = ['events/date=2026-11-13/notes.txt', 'orders/readme.md', 'eventsdate=2026-11-13/part-1.parquet'];
  for (const name of others) {
    s3.objects.set(`shop/a/b/${name}`, Buffer.from('mine'));
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), 'mine');
  }
  const left = () => [[...s3.objects.keys()].map((key) => key.slice('shop/a/b/'.length)).toSorted(), filesIn(folder).toSorted()];
  const before = left();
  for (const location of [bucket(), { kind: 'folder', path: folder } as const])
    await sinkAt(location).prepare?.({ isAgain: false, since: 0 });
  expect(left()).toEqual(before);
  for (const location of [bucket(), { kind: 'folder', path: folder } as const]) {
    await sinkAt(location).prepare?.({ isAgain: true, since: Date.UTC(2026, 10, 12) });
  }
  const kept = ['events', 'orders'].flatMap((table) =>
    ['ndjson', 'parquet'].map((format) => `${table}/date=2026-11-11/part-1-11.${format}`),
  );
  expect(left()).toEqual([[...kept, ...others].toSorted(), [...kept, ...others].toSorted()]);
});

test('a wrong key is said with the code of the storage, and nothing is stored', async () => {
  const wrong = sinkAt(bucket(), { ...KEYS, secretAccessKey: 'another' });
  await expect(wrong.write({ name: '1-1', events: [event(0)] })).rejects.toThrow(
    /refused PUT shop\/a\/b\/events\/.* with HTTP 403 \(SignatureDoesNotMatch\)/,
  );
  expect(s3.objects.size).toBe(0);
});

describe('the settings', () => {
  test.each([
    ['file:///var/seckill', { kind: 'folder', path: '/var/seckill' }],
    [
      's3://shop/a/b/?region=eu-central-1',
      { kind: 's3', endpoint: 'https://s3.eu-central-1.amazonaws.com', region: 'eu-central-1', bucket: 'shop', prefix: 'a/b' },
    ],
    [
      's3://shop?endpoint=http://minio:9000/',
      { kind: 's3', endpoint: 'http://minio:9000', region: 'us-east-1', bucket: 'shop', prefix: '' },
    ],
  ])('%s is a location', (text, location) => {
    expect(readLocation(text)).toEqual(location);
  });

  test.each([
    '',
    '/var/x',
    'file:///',
    'file://host/x',
    's3://',
    's3://UP/x',
    's3://shop/a b',
    's3://shop?endpoint=minio',
    'http://x/y',
  ])('"%s" is none', (text) => {
    expect(readLocation(text)).toBeUndefined();
  });

  test('without a location there is no sink, and every fault is named', () => {
    expect(readSinks({})).toEqual({ sinks: [], faults: [] });
    const faults = (env: Record<string, string>) => readSinks(env).faults;
    expect(faults({ DATA_HUB_FILES: 'ftp://x' })).toEqual([expect.stringContaining('DATA_HUB_FILES has to be file:///folder')]);
    expect(faults({ DATA_HUB_FILES: 's3://shop' })).toEqual([expect.stringContaining('AWS_ACCESS_KEY_ID')]);
    expect(faults({ DATA_HUB_FILES: 'file:///x', DATA_HUB_FILES_FORMATS: 'csv' })).toEqual([
      expect.stringContaining('DATA_HUB_FILES_FORMATS'),
    ]);
    expect(readSinks({ DATA_HUB_FILES: 'file:///x' }).sinks.map(({ module }) => module.name)).toEqual(['files']);
  });
});
