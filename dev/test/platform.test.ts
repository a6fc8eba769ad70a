import { existsSync } from 'node:fs';
import type { AdminSale } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Platform, startPlatform } from '../platform/start-platform.ts';
import { descendants, isAlive } from '../processes/process-table.ts';
import { openSampleSale } from '../start/sample-sale.ts';

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
  sale = await openSampleSale(platform, { startsInSeconds: 0, stock: 5, payTimeoutSeconds: 60, currency: 'EUR' });
});
afterAll(() => platform.stop());

async function remaining(gatewayUrl: string | undefined): Promise<number> {
  const response = await fetch(`${gatewayUrl}/api/sales/${sale.saleId}`);
  const { items } = (await response.json()) as { items: { remaining: number }[] };
  return items[0]?.remaining ?? -1;
}

test('every gateway knows the sale that one of them was given', async () => {
  for (const url of platform.gatewayUrls) await expect.poll(() => remaining(url)).toBe(5);
});

test('a killed gateway serves again, on its port, after a restart', async () => {
  const [gateway] = platform.gateways;
  const before = gateway?.pid;
  await gateway?.kill();
  await gateway?.restart();
  expect(gateway?.pid).not.toBe(before);
  await expect.poll(() => remaining(platform.gatewayUrls[0])).toBe(5);
  expect(crashed).toEqual([]);
});

test('a part that ends unexpectedly is reported, with its last lines', async () => {
  const [worker] = platform.workers;
  process.kill(worker?.pid ?? 0, 'SIGKILL');
  await expect.poll(() => crashed).toEqual(['worker-1: SIGKILL']);
  // More than it says by default: a worker that was held up had other things to say since.
  expect(worker?.lastLines(500)).toContain('"msg":"ready"');
  await worker?.restart();
});

test('a part that can not start says why, and everything else goes again', async () => {
  // The other platform's PostgreSQL has children that come and go: one for each connection.
  const ours = () => {
    const others = new Set(descendants(platform.servers.postgres.pid ?? 0));
    return descendants(process.pid).filter((pid) => !others.has(pid) && isAlive(pid));
  };
  const before = new Set(ours());
  const envOf = (part: string): Record<string, string> => (part === 'gateway-1' ? { PORT: 'not a number' } : {});
  const failure = await startPlatform({ envOf, postgres: { durable: false } }).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(failure).toMatch(/gateway-1 did not start: it ended with exit code 1\..*PORT/s);
  expect(existsSync(/(\S+)\/gateway-1\/log/.exec(failure)?.[1] ?? '/')).toBe(false);
  await expect.poll(() => ours().filter((pid) => !before.has(pid))).toEqual([]);
});
