import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { root } from 'dev';
import { calls, newId, newReservationId, type OrderEvent, STREAMS, sendOrderEvents } from 'seckill-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Sink } from '../../src/data-hub/sink.ts';
import { filesSink } from '../../src/data-hub/sinks/files/files-sink.ts';
import { eventually, type Platform, usePlatform, users } from '../support/platform.ts';
import { duckdb } from './duckdb.ts';

const on = usePlatform();
let platform: Platform;
let folder: string;

const sinkTo = (path: string): Sink =>
  filesSink({
    location: { kind: 'folder', path },
    keys: { accessKeyId: '', secretAccessKey: '' },
    formats: ['parquet', 'ndjson'],
    everyMs: 1,
  });
const feeding = (sink: Sink, name = 'files') => ({ dataHub: { sinks: [{ name, sink }], from: 'beginning' as const } });

/** As the guide has it. */
const guide = readFileSync(join(root, 'docs/data-hub.md'), 'utf8');
const inGuide = (heading: string): string => {
  const query = new RegExp(`-- ${heading}\\n([^\`]*?)\\n\`\`\``).exec(guide)?.[1];
  if (query === undefined) throw new Error(`docs/data-hub.md has no query "${heading}".`);
  return query.replaceAll('/var/seckill', folder);
};

const hubIsAtEnd = (name = 'files') =>
  eventually(async () => {
    const { state } = await (await jetstreamManager(platform.nc)).streams.info(STREAMS.orders.name);
    const row = await platform.prisma.dataHubPosition.findUnique({ where: { sink: name } });
    const [kind, seq] = Buffer.from(row?.position ?? '', 'base64url')
      .toString()
      .split('~');
    return kind === 's' && Number(seq) >= state.last_seq;
  }, 'the sink has every event');

const filesIn = (path: string) => readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));

beforeAll(() => {
  ({ platform } = on);
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seckill-hub-'));
  await platform.prisma.dataHubPosition.deleteMany();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function orders(): Promise<void> {
  const sale = await platform.openSale({ stock: 100, item: { priceCents: 1_999, currency: 'EUR' } });
  const wins = await platform.win(sale, users(60));
  await platform.comesToRest();
  for (const { reservationId: orderId, userId } of wins.slice(0, 20)) {
    const { paymentId } = await platform.call(calls.startPayment, { userId, orderId });
    await platform.reportPaid(orderId, paymentId, { amountCents: 1_999 });
  }
  for (const { reservationId: orderId, userId } of wins.slice(20, 30))
    await platform.call(calls.cancelOrder, { userId, orderId });
  await platform.comesToRest();
}

const inPostgres = async () => {
  const [row] = await platform.prisma.$queryRaw<{ events: number; orders: number; paid: string }[]>`
    SELECT (count(*) + count(*) FILTER (WHERE status <> 'PENDING_PAYMENT'))::int AS events, count(*)::int AS orders,
      coalesce(sum(amount_cents) FILTER (WHERE status = 'PAID'), 0)::text AS paid FROM orders`;
  return row;
};

const inFiles = async (format: string) => {
  const [counts] = await duckdb(
    format === 'parquet'
      ? `SELECT count(*)::INT AS events, count(DISTINCT id)::INT AS ids FROM read_parquet('${folder}/events/*/*.parquet') WHERE payment_id IS NULL`
      : `SELECT count(*)::INT AS events, count(DISTINCT id)::INT AS ids FROM read_json('${folder}/events/*/*.ndjson') WHERE type NOT LIKE '%payment-begun%'`,
  );
  const [books] = await duckdb(
    `SELECT count(*)::INT AS orders, coalesce(sum(amount_minor) FILTER (WHERE status = 'PAID'), 0)::VARCHAR AS paid FROM (
       SELECT * FROM ${format === 'parquet' ? 'read_parquet' : 'read_json'}('${folder}/orders/*/*.${format}')
       QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY version DESC) = 1)`,
  );
  return { ...counts, ...books };
};

async function expectFilesAreTheBooks(): Promise<void> {
  const books = await inPostgres();
  for (const format of ['parquet', 'ndjson']) expect(await inFiles(format)).toEqual({ ...books, ids: books?.events });
}

test('DuckDB reads the files and sums them to the cent of PostgreSQL', { timeout: 120_000 }, async () => {
  await platform.startWorker(feeding(sinkTo(folder)));
  await orders();
  await hubIsAtEnd();
  await expectFilesAreTheBooks();
  const perDay = await duckdb(inGuide('Revenue of each day'));
  expect(perDay).toEqual([{ day: new Date().toISOString().slice(0, 10), currency: 'EUR', orders: '20', revenue: '399.80' }]);
  const events = await duckdb(inGuide('What happened, by type'));
  expect(events).toEqual([
    { type: 'created', events: '60' },
    { type: 'paid', events: '20' },
    { type: 'payment-begun', events: '20' },
    { type: 'cancelled', events: '10' },
  ]);
  expect(
    filesIn(folder).every((name) => /^(events|orders)\/date=\d{4}-\d\d-\d\d\/part-[\w-]+\.(parquet|ndjson)$/.test(name)),
  ).toBe(true);
});

test('files begin with the first order, also if the stream has forgotten it', { timeout: 120_000 }, async () => {
  await (await jetstreamManager(platform.nc)).streams.purge(STREAMS.orders.name);
  await platform.startWorker(feeding(sinkTo(folder)));
  await hubIsAtEnd();
  await expectFilesAreTheBooks();
});

test('a batch that was written by a worker that died is written again, and no event is in the files twice', {
  timeout: 120_000,
}, async () => {
  const sink = sinkTo(folder);
  let deaths = 0;
  const dying: Sink = {
    ...sink,
    mostEvents: 7,
    async write(batch) {
      await sink.write(batch);
      deaths += 1;
      // The position has not moved, and more events come before the next try.
      if (deaths % 2 === 1) throw new Error('dies');
    },
  };
  const dead = await platform.startWorker(feeding(dying));
  const sale = await platform.openSale({ stock: 200, item: { priceCents: 5, currency: 'EUR' } });
  for (let from = 0; from < 40; from += 10) await platform.win(sale, users(40).slice(from, from + 10));
  await eventually(() => deaths > 3, 'it has died twice');
  await dead.stop();
  platform.workers.length = 0;
  await platform.startWorker(feeding(sinkTo(folder)));
  await platform.comesToRest();
  await hubIsAtEnd();
  await expectFilesAreTheBooks();
});

test('a sink that fails delays no other, and says why', { timeout: 120_000 }, async () => {
  let isBroken = true;
  const sink = sinkTo(folder);
  const broken: Sink = {
    ...sink,
    write: (batch) => (isBroken ? Promise.reject(new Error('The bucket is gone.')) : sink.write(batch)),
  };
  let received = 0;
  const other: Sink = {
    ...sink,
    async write({ events }) {
      received += events.length;
    },
  };
  const { context } = await platform.startWorker({
    dataHub: {
      sinks: [
        { name: 'files', sink: broken },
        { name: 'other', sink: other },
      ],
      from: 'beginning',
    },
  });
  await hubIsAtEnd('other');
  expect(received).toBeGreaterThan(0);
  const row = () => platform.prisma.dataHubPosition.findUniqueOrThrow({ where: { sink: 'files' } });
  await eventually(async () => (await row()).failures > 0, 'the failure is noted');
  expect(await row()).toMatchObject({ lastError: 'The bucket is gone.' });
  const { values } = await context.metrics.dataHubFailures.get();
  expect(values).toMatchObject([{ labels: { sink: 'files' } }]);
  const behind = async () =>
    (await context.metrics.dataHubBehind.get()).values.find(({ labels }) => labels.sink === 'files')?.value;
  await eventually(async () => ((await behind()) ?? 0) > 1, 'the gauge shows how long it has failed');
  isBroken = false;
  await hubIsAtEnd();
  expect(await row()).toMatchObject({ failures: 0, lastError: null });
  await eventually(async () => ((await behind()) ?? 1) < 0.5, 'the gauge falls');
  await expectFilesAreTheBooks();
});

test('the batch of a worker that died is written again to its end, even if the next worker writes smaller ones', {
  timeout: 120_000,
}, async () => {
  const saleId = newId();
  const happened = (day: number): OrderEvent => ({
    ...{
      event: 'created',
      orderId: newReservationId('00002a'),
      saleId,
      itemId: '00002a',
      userId: 'u',
      quantity: 1,
      amountCents: 1,
    },
    ...{
      currency: 'EUR',
      reservedAt: Date.UTC(2020, 0, day),
      at: Date.UTC(2020, 0, day),
      payBy: Date.UTC(2020, 0, day),
      version: 0,
    },
  });
  for (const day of [1, 2, 3]) await sendOrderEvents(platform.publisher, [happened(day), happened(day)]);
  const sink = sinkTo(folder);
  let hasDied = false;
  const dying: Sink = {
    ...sink,
    async write(batch) {
      await sink.write(batch);
      hasDied = true;
      throw new Error('dies');
    },
  };
  const dead = await platform.startWorker(feeding(dying));
  await eventually(() => hasDied, 'it has written all, and died');
  await dead.stop();
  platform.workers.length = 0;
  await platform.startWorker(feeding({ ...sink, mostEvents: 1 }));
  await hubIsAtEnd();
  const [counts] = await duckdb(
    `SELECT count(*)::INT AS events, count(DISTINCT id)::INT AS ids FROM read_parquet('${folder}/events/*/*.parquet') WHERE sale_id = '${saleId}'`,
  );
  expect(counts).toEqual({ events: 6, ids: 6 });
});
