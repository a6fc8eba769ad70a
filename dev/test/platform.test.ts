import { existsSync } from 'node:fs';
import type { AdminSale } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Platform, startPlatform } from '../src/platform/start-platform.ts';
import { descendants, isAlive } from '../src/processes/process-table.ts';
import { createSampleSale } from '../src/start/sample-sale.ts';

let platform: Platform;
let sale: AdminSale;
const crashed: string[] = [];

beforeAll(async () => {
  platform = await startPlatform({
    gateways: 2,
    postgres: { durable: false },
    label: 'test',
    onCrash: ({ name }, how) => crashed.push(`${name}: ${how}`),
  });
  sale = await createSampleSale(platform, { startsInSeconds: 0, stock: 5, payTimeoutSeconds: 60 });
});
afterAll(() => platform.stop());

async function remaining(gatewayUrl: string | undefined): Promise<number> {
  const response = await fetch(`${gatewayUrl}/api/sales/${sale.saleId}`);
  const { items } = (await response.json()) as { items: { remaining: number }[] };
  return items[0]?.remaining ?? -1;
}

test('every gateway knows the sale that one of them was given', async () => {
  for (const url of platform.gatewayUrls) await expect.poll(() => remaining(url), { timeout: 5000 }).toBe(5);
});

test('a killed gateway serves again, on its port, after a restart', async () => {
  const [gateway] = platform.gateways;
  const before = gateway?.pid;
  await gateway?.kill();
  await gateway?.restart();
  expect(gateway?.pid).not.toBe(before);
  expect(await remaining(platform.gatewayUrls[0])).toBe(5);
  expect(crashed).toEqual([]);
});

test('a part that ends by itself is reported, with its last lines', async () => {
  const [worker] = platform.workers;
  process.kill(worker?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => crashed).toEqual(['worker-1: SIGKILL']);
  expect(worker?.lastLines()).toContain('"msg":"ready"');
  await worker?.restart();
});

test('a part that can not start says why, and everything else goes again', async () => {
  const before = new Set(descendants(process.pid));
  const envOf = (part: string): Record<string, string> => (part === 'gateway-1' ? { PORT: 'not a number' } : {});
  const failure = await startPlatform({ envOf, postgres: { durable: false } }).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(failure).toMatch(/gateway-1 did not start: it ended with exit code 1\..*PORT/s);
  expect(existsSync(/(\S+)\/gateway-1\/log/.exec(failure)?.[1] ?? '/')).toBe(false);
  await expect.poll(() => descendants(process.pid).filter((pid) => !before.has(pid) && isAlive(pid))).toEqual([]);
});
