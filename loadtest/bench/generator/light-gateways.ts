import { Redis } from 'ioredis';
import { pino } from 'pino';
import { beginRebuild, expireItem, newId, openItem, readRunId, type SaleSettings } from 'seckill-core';
import type { LightRun } from '../rows/light-gateways.ts';
import { LightGateway } from './light-gateway.ts';

/**
 * Many gateways in one process, without HTTP and JetStream. Each step spreads the same crowd over its gateways: more buyers than Redis
 * decides at once, and a hundred for each of 64 gateways. Called with the seconds of a step, and the number of gateways of each step.
 */
const CROWD = 6_400;
/** Enough for compilers and connections, and for the last answers. */
const PAUSE_MS = 500;
/** No sale of the platform has items with so high numbers. */
const FIRST_ITEM = 0xff_00_00;

const [seconds, ...steps] = process.argv.slice(2).map(Number);
const redisUrl = process.env['REDIS_URL'] ?? '';
const redis = new Redis(redisUrl);
const log = pino({ level: 'warn' });
const runs: LightRun[] = [];
for (const [index, gateways] of steps.entries()) runs.push(await measure(FIRST_ITEM + index, gateways));
redis.disconnect();
process.send?.(runs);
process.disconnect?.();

async function measure(itemNumber: number, count: number): Promise<LightRun> {
  const sale = await openSale(itemNumber.toString(16));
  const gateways = Array.from({ length: count }, () => new LightGateway(redisUrl, sale, CROWD / count, log));
  await Promise.all(gateways.map((gateway) => gateway.ready()));
  let last = performance.now();
  const crowd = setInterval(() => {
    const now = performance.now();
    for (const gateway of gateways) gateway.pass(now - last);
    last = now;
  }, 1);
  await pause(PAUSE_MS);
  const before = await read(gateways);
  await pause((seconds ?? 1) * 1000);
  const after = await read(gateways);
  clearInterval(crowd);
  await pause(PAUSE_MS);
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await Promise.all(sale.items.map(({ itemId }) => expireItem(redis, itemId, 1)));
  const used = (key: keyof typeof after) => after[key] - before[key];
  return {
    gateways: count,
    wins: used('wins'),
    calls: used('calls'),
    failed: used('failed'),
    seconds: used('at') / 1000,
    redisCpuSeconds: used('redisCpu'),
    clientCpuSeconds: used('clientCpu') / 1e6,
  };
}

/** A sale that only Redis knows, with one item that does not sell out. */
async function openSale(itemId: string): Promise<SaleSettings> {
  const item = { itemId, title: 'bench', priceCents: 100, currency: 'EUR', stock: 1_000_000_000, limitPerUser: 1 };
  const sale: SaleSettings = {
    saleId: newId(),
    version: 1,
    title: 'bench light gateways',
    status: 'PUBLISHED',
    startsAt: 0,
    endsAt: Date.now() + 3_600_000,
    payTimeoutSeconds: 900,
    tokenLeadSeconds: 300,
    rateLimit: { ratePerSecond: 1_000_000, burst: 1_000_000 },
    items: [item],
  };
  const runId = await readRunId(redis);
  const mark = newId();
  await beginRebuild(redis, itemId, mark);
  await openItem(redis, { runId, mark, sale, item });
  return sale;
}

async function read(gateways: readonly LightGateway[]) {
  const sum = (key: 'wins' | 'calls' | 'failed') => gateways.reduce((total, gateway) => total + gateway[key], 0);
  const { user, system } = process.cpuUsage();
  const counts = {
    at: performance.now(),
    clientCpu: user + system,
    wins: sum('wins'),
    calls: sum('calls'),
    failed: sum('failed'),
  };
  return { ...counts, redisCpu: await redisCpuSeconds() };
}

/** CPU of Redis since its start. */
async function redisCpuSeconds(): Promise<number> {
  const used = (await redis.info('cpu')).matchAll(/^used_cpu_(?:sys|user):([\d.]+)/gm);
  return Array.from(used, ([, value]) => Number(value)).reduce((sum, value) => sum + value, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
