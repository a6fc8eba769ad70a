import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SandboxProvider } from 'order-worker';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../src/start-sandbox.ts';

const SECRET = 'a secret of the test';
const ORDER = {
  paymentId: '01890000-0000-7000-8000-000000000001',
  orderId: '01890000-0000-7000-8000-000000000002',
  amountCents: 1_250,
  currency: 'EUR',
};

interface Received {
  signature: string;
  body: string;
}

let received: Received[];
let refuse: number;
let gateway: Server;
let sandbox: Sandbox;

beforeEach(async () => {
  received = [];
  refuse = 0;
  gateway = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    refuse -= 1;
    if (refuse >= 0) return response.writeHead(503).end();
    received.push({ signature: String(request.headers['seckill-signature']), body });
    return response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const webhookUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api/payments/webhook`;
  sandbox = await startSandbox({
    host: '127.0.0.1',
    port: 0,
    webhookUrl,
    webhookSecret: SECRET,
    log: { info() {}, warn() {}, error() {} },
  });
});
afterEach(async () => {
  await sandbox.stop();
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
});

const createCheckout = () => new SandboxProvider(sandbox.url).createCheckout(ORDER);

test('paying a checkout calls the webhook, signed, and pressing twice is one event', async () => {
  const began = Math.floor(Date.now() / 1000);
  const { checkoutUrl } = await createCheckout();
  const page = await (await fetch(checkoutUrl)).text();
  expect(page).toContain('12.50 EUR');
  expect(page).toContain('/pay"');
  for (let i = 0; i < 2; i += 1) {
    const answer = await fetch(`${checkoutUrl}/pay`, { method: 'POST', headers: { accept: 'application/json' } });
    expect(await answer.json()).toMatchObject({ status: 'PAID' });
  }
  // At least once each.
  await expect.poll(() => received.length).toBeGreaterThanOrEqual(2);
  const [first, second] = received;
  const { t = '', v1 = '' } = Object.fromEntries(
    (first?.signature ?? '').split(',').map((part) => part.split('=') as [string, string]),
  );
  expect(v1).toBe(createHmac('sha256', SECRET).update(`${t}.${first?.body}`).digest('hex'));
  expect(Number(t)).toBeGreaterThanOrEqual(began);
  expect(Number(t)).toBeLessThanOrEqual(Date.now() / 1000);
  expect(JSON.parse(first?.body ?? '')).toEqual({ ...ORDER, type: 'payment.succeeded', eventId: `evt_${ORDER.paymentId}_paid` });
  expect(JSON.parse(second?.body ?? '').eventId).toBe(JSON.parse(first?.body ?? '').eventId);
});

test('a buyer who declines gets a page, and the shop a webhook', async () => {
  const { checkoutUrl } = await createCheckout();
  const page = await (await fetch(`${checkoutUrl}/decline`, { method: 'POST' })).text();
  expect(page).toContain('Payment declined');
  await expect.poll(() => received.length).toBeGreaterThanOrEqual(1);
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'payment.failed' });
});

test('a webhook that is refused is sent again until the shop takes it', async () => {
  refuse = 2;
  const { checkoutUrl } = await createCheckout();
  await fetch(`${checkoutUrl}/pay`, { method: 'POST' });
  await expect.poll(() => received.length).toBeGreaterThanOrEqual(1);
});

test('an address that the sandbox did not sign is no checkout', async () => {
  const { checkoutUrl } = await createCheckout();
  const cheaper = Buffer.from(JSON.stringify([ORDER.paymentId, ORDER.orderId, 1, 'EUR'])).toString('base64url');
  const forged = checkoutUrl.replace(/checkout\/[^.]+/, `checkout/${cheaper}`);
  expect((await fetch(`${forged}/pay`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${sandbox.url}/checkout/nonsense`)).status).toBe(404);
  expect(received).toEqual([]);
});

test('a repeated refund counts once; a malformed request is refused', async () => {
  const provider = new SandboxProvider(sandbox.url);
  await provider.refund(ORDER);
  await provider.refund(ORDER);
  expect([...sandbox.refunds]).toEqual([[ORDER.paymentId, 1_250]]);
  expect((await fetch(`${sandbox.url}/refunds`, { method: 'POST', body: '{"paymentId":1}' })).status).toBe(400);
  expect((await fetch(`${sandbox.url}/checkouts`, { method: 'POST', body: 'x'.repeat(20_000) })).status).toBe(400);
});

test('a checkout speaks the language of the browser, English if it asks for neither', async () => {
  const { checkoutUrl } = await createCheckout();
  const read = async (language: string) => (await fetch(checkoutUrl, { headers: { 'accept-language': language } })).text();
  expect(await read('zh-CN,zh;q=0.9,en;q=0.8')).toContain('<html lang="zh-CN">');
  expect(await read('en-GB,zh;q=0.5')).toContain('<html lang="en">');
  expect(await read('fr-FR')).toContain('<html lang="en">');
});
