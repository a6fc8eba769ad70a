import { createHmac } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { Redis } from 'ioredis';
import { hasRoom, JOIN_BATCH_LIMIT, joinRoom, readRunId, readSale } from 'seckill-core';
import type { JobResult } from '../generator/job.ts';
import { type Baseline, startBaseline } from '../measure/baseline.ts';
import type { BenchContext } from '../measure/context.ts';
import type { Costs } from '../measure/process-costs.ts';
import { readRedisMemory } from '../measure/redis-memory.ts';
import { type RowRun, rowOf } from '../measure/row.ts';
import { type BenchSale, openBenchSale } from '../measure/sales.ts';

const MILLION = 1_000_000;
/** Users whose tickets are looked up. */
const LOOKERS = 2_000;
/** About as many joins as two gateways answer in a second. */
const MOST_JOINS = 25_000;
const PAGES = 10_000;
const OPENED_AT_ONCE = 200;
/** Time to open all pages before the sale starts. */
const LEAD_MS = 60_000;
const PLACES_WITHIN_MS = 15_000;
const DAY_SECONDS = 86_400;

/** A second's turn of one user: the room stays full. */
const SLOW = { rateLimit: { ratePerSecond: 1, burst: 1 }, admission: 'queue' } as const;

/** Look-ups and joins, each between two bare rows that answer the same ticket. */
export async function room(context: BenchContext): Promise<RowRun[][]> {
  const bare = await startBaseline('bare-tickets', context.platform.databaseUrl);
  try {
    const sale = await openBenchSale(context.operator, { title: 'bench room', stock: 10, ...SLOW });
    return [await besideBare(context, bare, await lookUps(context, sale)), await besideBare(context, bare, joins(context, sale))];
  } finally {
    await bare.stop();
  }
}

interface Calls {
  row: string;
  origins: readonly string[];
  method: 'GET' | 'POST';
  paths: string[];
  /** One for each user. */
  bearers: string[];
  /** Each user calls once. */
  once: boolean;
}

async function besideBare(context: BenchContext, bare: Baseline, calls: Calls): Promise<RowRun[]> {
  const send = async (row: string, origins: readonly string[]): Promise<RowRun> => {
    const { value, costs } = await sendCalls(context, origins, calls);
    return rowOf(row, value, costs, 'WAITING');
  };
  return [await send('bare', [bare.url]), await send(calls.row, calls.origins), await send('bare', [bare.url])];
}

async function sendCalls(
  context: BenchContext,
  origins: readonly string[],
  { method, paths, bearers, once }: Calls,
): Promise<{ value: JobResult; costs: Costs }> {
  const { generator, connections, seconds } = context;
  const go = await generator.prepare({
    origins,
    connections,
    seconds,
    ...(once && { requests: bearers.length }),
    bodies: { kind: 'calls', method, paths, bearers },
  });
  return context.measure(go);
}

async function lookUps(context: BenchContext, sale: BenchSale): Promise<Calls> {
  const bearers = users(context, 'look', LOOKERS);
  const url = `${context.gateway}/api/sales/${sale.saleId}/queue`;
  const tickets = await Promise.all(bearers.map((bearer) => context.client.request({ method: 'POST', url, bearer })));
  const paths = tickets.map(({ body }) => `/api/queue/${(JSON.parse(String(body)) as { ticketId: string }).ticketId}`);
  return { row: 'look-ups of tickets', origins: [context.gateway], method: 'GET', paths, bearers, once: false };
}

function joins(context: BenchContext, { saleId }: BenchSale): Calls {
  const bearers = users(context, `join-${saleId}`, context.seconds * MOST_JOINS);
  const { gatewayUrls: origins } = context.platform;
  return { row: 'joins', origins, method: 'POST', paths: [`/api/sales/${saleId}/queue`], bearers, once: true };
}

/** How long after the first page the last of 10,000 open pages shows its place, once the people are shuffled. */
export async function pagesPushed(context: BenchContext): Promise<RowRun> {
  const sale = await openBenchSale(context.operator, { title: 'bench pages', stock: 10, ...SLOW, startsInMs: LEAD_MS });
  const bearers = users(context, 'page', PAGES);
  const places: number[] = [];
  const pages: IncomingMessage[] = [];
  const { costs } = await context.measure(async () => {
    for (let from = 0; from < PAGES; from += OPENED_AT_ONCE) {
      const portion = bearers.slice(from, from + OPENED_AT_ONCE);
      pages.push(...(await Promise.all(portion.map((bearer) => openPage(context, sale, bearer, places)))));
    }
    const until = performance.now() + LEAD_MS + PLACES_WITHIN_MS;
    while (places.length < PAGES && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
  });
  for (const page of pages) page.destroy();
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  return {
    row: 'pages pushed',
    perSecond: places.length / Math.max(0.001, (last - first) / 1_000),
    p50Ms: (places[Math.floor(places.length / 2)] ?? 0) - first,
    p99Ms: (places[Math.floor(places.length * 0.99)] ?? 0) - first,
    count: places.length,
    extra: { lastAfterFirstMs: last - first, pages: pages.length },
    faults: places.length === PAGES ? [] : [`pages pushed: ${places.length} of ${PAGES} pages got their place`],
    ...costs,
  };
}

async function openPage(
  { client, gateway }: BenchContext,
  { saleId }: BenchSale,
  bearer: string,
  places: number[],
): Promise<IncomingMessage> {
  const joined = await client.request({ method: 'POST', url: `${gateway}/api/sales/${saleId}/queue`, bearer });
  const { ticketId } = JSON.parse(String(joined.body)) as { ticketId: string };
  const headers = { authorization: `Bearer ${bearer}`, accept: 'text/event-stream' };
  return new Promise((resolve, reject) => {
    get(`${gateway}/api/queue/${ticketId}/live`, { headers, agent: false }, (stream) => {
      let isShown = false;
      stream.on('error', () => undefined);
      stream.on('data', (text: Buffer) => {
        if (isShown || !text.includes('"place"')) return;
        isShown = true;
        places.push(performance.now());
      });
      resolve(stream);
    }).on('error', reject);
  });
}

/** A million people in one room: what Redis keeps of each. The script is called as a gateway calls it. */
export async function millionTickets(context: BenchContext): Promise<RowRun> {
  const { saleId } = await openBenchSale(context.operator, { title: 'bench million', stock: 10, ...SLOW, startsInMs: 3_600_000 });
  const redis = new Redis(context.platform.redisUrl, { maxRetriesPerRequest: 1 });
  try {
    const before = await readRedisMemory(context.platform.redisUrl);
    const from = performance.now();
    const { costs } = await context.measure(() => joinMillion(redis, saleId));
    const seconds = (performance.now() - from) / 1_000;
    const bytesAPerson = Math.round(((await readRedisMemory(context.platform.redisUrl)) - before) / MILLION);
    const row = { row: 'million tickets', perSecond: MILLION / seconds, p50Ms: 0, p99Ms: 0, count: MILLION };
    return { ...row, extra: { bytesAPerson }, faults: [], ...costs };
  } finally {
    redis.disconnect();
  }
}

async function joinMillion(redis: Redis, saleId: string): Promise<void> {
  const [runId, sale] = [await readRunId(redis), await readSale(redis, saleId)];
  if (sale === undefined || !hasRoom(sale)) throw new Error(`The sale ${saleId} has no waiting room in Redis.`);
  let progressSeen = 0;
  for (let from = 0; from < MILLION; from += JOIN_BATCH_LIMIT) {
    const people = Array.from({ length: JOIN_BATCH_LIMIT }, (_, i) => ({
      userId: `auth0|5f7c9ec8fdea6f00${(from + i).toString(16).padStart(8, '0')}`,
      lane: 'n' as const,
      entryId: (from + i).toString(36).padStart(12, 'A'),
    }));
    const result = await joinRoom(redis, sale, { runId, progressSeen }, people);
    if (!result.known) throw new Error(`The waiting room of ${saleId} is not known.`);
    progressSeen = result.progress;
  }
}

/** Access tokens, signed as an identity provider does. */
function users({ platform }: BenchContext, name: string, count: number): string[] {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ alg: 'HS256', typ: 'JWT' });
  const exp = Math.floor(Date.now() / 1_000) + DAY_SECONDS;
  return Array.from({ length: count }, (_, i) => {
    const signed = `${head}.${encode({ sub: `${name}-${i}`, exp })}`;
    return `${signed}.${createHmac('sha256', platform.jwtSecret).update(signed).digest('base64url')}`;
  });
}
