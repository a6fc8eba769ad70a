import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { freePort, type Platform, root, startPlatform, waitUntil } from 'dev';
import { BuyerApi, granted, HttpClient, Operator, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect, test } from 'vitest';

const page = readFileSync(join(root, 'docs/integrate.md'), 'utf8');
const WITHIN_MS = 60_000;

/** The program of the page that begins with this comment. */
function program(name: string): string {
  const blocks = Array.from(page.matchAll(/^```\w+\n([\s\S]*?)^```$/gm), ([, block = '']) => block);
  const found = blocks.find((block) => /^(\/\/|#) (.*)$/m.exec(block)?.[2] === name);
  if (found === undefined) throw new Error(`docs/integrate.md has no program ${name}.`);
  return found;
}

let folder: string;
let platform: Platform;
const running: ReturnType<typeof start>[] = [];

/** A program whose packages are found in the order worker's folder. */
function start(name: string, env: Record<string, string>) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(name)], {
    cwd: join(root, 'order-worker'),
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = { text: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    said.text += chunk;
  });
  return { child, said };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seckill-integrate-'));
  const env = {
    LOG_LEVEL: 'warn',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    DATA_HUB_FILES: pathToFileURL(join(folder, 'files')).href,
    DATA_HUB_FILES_EVERY_SECONDS: '1',
  };
  platform = await startPlatform({ label: 'integrate', env });
}, 120_000);
afterAll(async () => {
  for (const { child } of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Buys a unit of a new sale and pays for it. Returns the order's id. */
async function buy(): Promise<string> {
  const [gateway = ''] = platform.gatewayUrls;
  const client = new HttpClient({ connections: 5 });
  const api = new BuyerApi(client, platform.paymentsUrl);
  const sale = await new Operator(platform, client).openSale(saleDraft({ stock: 1 }));
  const itemId = sale.items[0]?.itemId ?? '';
  const { accessToken } = granted(await api.login(gateway, 'ann'));
  const { purchaseToken, reservationId } = granted(await api.purchaseToken(gateway, accessToken, sale.saleId, itemId));
  granted(await api.reserve(gateway, purchaseToken));
  const isOrdered = async () => granted(await api.reservation(gateway, accessToken, reservationId)).status === 'ORDERED';
  expect(await waitUntil(isOrdered, WITHIN_MS)).toBe(true);
  const { checkoutUrl = '' } = granted(await api.startPayment(gateway, accessToken, reservationId));
  await fetch(`${checkoutUrl}/pay`, { method: 'POST', headers: { accept: 'application/json' } });
  client.close();
  return reservationId;
}

test('each program of docs/integrate.md learns of a paid order', async () => {
  const port = await freePort();
  const { secret } = await new Operator(platform).call<{ secret: string }>('POST', '/webhooks', {
    url: `http://127.0.0.1:${port}/`,
    events: ['order.paid'],
  });
  const receiver = start('receiver.mjs', { WEBHOOK_SECRET: secret, PORT: String(port) });
  const reader = start('reader.mjs', { NATS_URL: platform.servers.nats.url });
  running.push(receiver, reader);
  const orderId = await buy();

  expect(await waitUntil(() => receiver.said.text.includes(`webhook seckill.order.paid.v1 ${orderId}`), WITHIN_MS)).toBe(true);
  expect(await waitUntil(() => reader.said.text.includes(`nats seckill.order.paid.v1 ${orderId}`), WITHIN_MS)).toBe(true);
  const isInFile = async () => {
    const env = { PATH: process.env['PATH'], FOLDER: join(folder, 'files') };
    const { stdout } = await promisify(execFile)('sh', ['-c', program('files.sh')], { env }).catch(() => ({ stdout: '' }));
    return stdout.includes(orderId);
  };
  expect(await waitUntil(isInFile, WITHIN_MS)).toBe(true);
}, 240_000);
