import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../src/start-sandbox.ts';
import { startTrial } from '../src/start-trial.ts';

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
let folder: string;

const start = (port = 0) => {
  const webhooksUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api/payments/webhook`;
  const environment = () => ({ PAYMENT_WEBHOOK_SECRET: SECRET });
  const log = { info() {}, warn() {}, error() {} };
  return startSandbox({ host: '127.0.0.1', port, webhooksUrl, environment, stateFile: join(folder, 'state'), log });
};

/** As after a kill: what is not in the file is gone. */
async function restart(): Promise<void> {
  const { port } = new URL(sandbox.url);
  await sandbox.stop();
  sandbox = await start(Number(port));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seckill-sandbox-'));
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
  sandbox = await start();
});
afterEach(async () => {
  await sandbox.stop();
  gateway.closeAllConnections();
  await new Promise((resolve) => gateway.close(resolve));
  rmSync(folder, { recursive: true });
});

const press = (url: string) => fetch(url, { method: 'POST', headers: { accept: 'application/json' } });
const post = async (path: string, body: object) => {
  const answer = await fetch(`${sandbox.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const createCheckout = async () => ({ checkoutUrl: String((await post('/checkouts', ORDER)).body['checkoutUrl']) });
const get = async (path: string) => (await fetch(`${sandbox.url}${path}`)).json();
const eventsOf = (type: string) => received.filter(({ body }) => JSON.parse(body).type === type);

test('paying a checkout calls the webhook, signed, and pressing twice is one event', async () => {
  const began = Math.floor(Date.now() / 1000);
  const { checkoutUrl } = await createCheckout();
  const page = await (await fetch(checkoutUrl)).text();
  expect(page).toContain('12.50 EUR');
  expect(page).toContain('/pay"');
  for (let i = 0; i < 2; i += 1) expect(await (await press(`${checkoutUrl}/pay`)).json()).toMatchObject({ status: 'PAID' });
  await expect.poll(() => sandbox.notifier.waiting).toBe(0);
  const [first, ...more] = received;
  expect(more).toEqual([]);
  const { t = '', v1 = '' } = Object.fromEntries(
    (first?.signature ?? '').split(',').map((part) => part.split('=') as [string, string]),
  );
  expect(v1).toBe(createHmac('sha256', SECRET).update(`${t}.${first?.body}`).digest('hex'));
  expect(Number(t)).toBeGreaterThanOrEqual(began);
  expect(Number(t)).toBeLessThanOrEqual(Date.now() / 1000);
  const event = { ...ORDER, type: 'payment.succeeded', eventId: `evt_${ORDER.paymentId}_paid`, paidAt: expect.any(Number) };
  expect(JSON.parse(first?.body ?? '')).toEqual(event);
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

test('an address that the sandbox did not make is no checkout', async () => {
  const { checkoutUrl } = await createCheckout();
  const forged = `${checkoutUrl.slice(0, -1)}${checkoutUrl.endsWith('A') ? 'B' : 'A'}`;
  const pressed = await press(`${forged}/pay`);
  expect([pressed.status, await pressed.json()]).toEqual([404, { error: 'The sandbox did not make this checkout.' }]);
  expect((await fetch(`${sandbox.url}/checkout/nonsense`)).status).toBe(404);
  expect(received).toEqual([]);
});

test('a repeated refund counts once; a malformed request is refused', async () => {
  const { checkoutUrl } = await createCheckout();
  await press(`${checkoutUrl}/pay`);
  for (let i = 0; i < 2; i += 1) expect((await post('/refunds', ORDER)).body).toEqual({ state: 'done' });
  expect(Array.from(sandbox.books.refundsOf('http'), ({ amountCents }) => amountCents)).toEqual([1_250]);
  expect((await post('/refunds', { paymentId: 1 })).status).toBe(400);
  expect((await post('/checkouts', { more: 'x'.repeat(2_000_000) })).status).toBe(400);
});

test('a closed payment takes no money, and one that never arrived can no longer be opened', async () => {
  const { checkoutUrl } = await createCheckout();
  expect((await post(`/checkouts/${ORDER.paymentId}/close`, ORDER)).body).toEqual({ state: 'closed' });
  const pay = await press(`${checkoutUrl}/pay`);
  expect([pay.status, await pay.json()]).toEqual([409, expect.objectContaining({ status: 'CLOSED' })]);
  expect(await (await fetch(checkoutUrl)).text()).toContain('Payment closed');
  const other = { ...ORDER, paymentId: '01890000-0000-7000-8000-000000000003' };
  expect(await get(`/payments/${other.paymentId}`)).toEqual({ state: 'unknown' });
  expect((await post(`/checkouts/${other.paymentId}/close`, other)).body).toEqual({ state: 'closed' });
  expect((await post('/checkouts', other)).status).toBe(422);
  expect(received).toEqual([]);
});

test('a paid payment stays paid when it is closed, and its time cannot run out', async () => {
  const { checkoutUrl } = await createCheckout();
  await press(`${checkoutUrl}/pay`);
  const closed = await post(`/checkouts/${ORDER.paymentId}/close`, ORDER);
  expect(closed.body).toEqual({ state: 'paid', amountCents: 1_250, currency: 'EUR', paidAt: expect.any(Number) });
  const late = { ...ORDER, paymentId: '01890000-0000-7000-8000-000000000004', expiresAt: Date.now() - 1 };
  await post('/checkouts', late);
  expect(await get(`/payments/${late.paymentId}`)).toEqual({ state: 'closed' });
});

test('a sandbox that was killed knows its payments, and sends what the shop does not have yet', async () => {
  refuse = 1_000_000;
  const { checkoutUrl } = await createCheckout();
  await press(`${checkoutUrl}/pay`);
  await restart();
  refuse = 0;
  await expect.poll(() => eventsOf('payment.succeeded').length).toBe(1);
  await expect.poll(() => sandbox.notifier.waiting).toBe(0);
  await restart();
  expect(sandbox.notifier.waiting).toBe(0);
  expect(await (await press(`${checkoutUrl}/pay`)).json()).toMatchObject({ status: 'PAID' });
  expect(received).toHaveLength(1);
});

test('notifications are doubled, lost and forged at the rates that were asked for', async () => {
  const pay = async (paymentId: string) => {
    const { body } = await post('/checkouts', { ...ORDER, paymentId });
    await press(`${body['checkoutUrl']}/pay`);
    await expect.poll(() => sandbox.notifier.waiting).toBe(0);
  };
  await post('/faults', { notifications: { lost: 1 } });
  await pay('lost');
  expect(received).toEqual([]);
  await post('/faults', { protocol: 'http', notifications: { doubled: 1, forged: 1, reordered: 1, delayMs: 1 } });
  await pay('hurt');
  await expect.poll(() => received.length).toBe(3);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  const { notifications } = (await get('/faults')) as { notifications: object };
  // This shop believes everything.
  expect(notifications).toEqual({ accepted: 1, doubled: 1, reordered: 1, lost: 1, forged: 1, forgedAccepted: 1 });
  expect((await post('/faults', { notifications: { lost: 2 } })).status).toBe(400);
  expect((await post('/faults', { protocol: 'none' })).status).toBe(400);
});

test('a refund is refused, or pending until its time is over, also after a restart', async () => {
  const { checkoutUrl } = await createCheckout();
  await press(`${checkoutUrl}/pay`);
  const refund = (refundId: string) => post('/refunds', { ...ORDER, refundId, amountCents: 100 });
  await post('/faults', { refunds: { answer: 'refuse', reason: 'The card is closed.' } });
  expect((await refund('refused')).body).toEqual({ state: 'refused', reason: 'The card is closed.' });
  await post('/faults', { refunds: { answer: 'pending', pendingMs: 300 } });
  expect((await refund('pending')).body).toEqual({ state: 'pending' });
  await restart();
  await expect.poll(() => get('/refunds/pending')).toEqual({ state: 'done' });
  await expect.poll(() => eventsOf('refund.done').length).toBe(1);
  expect((await refund('pending')).body).toEqual({ state: 'done' });
  expect((await post('/refunds', { ...ORDER, refundId: 'all' })).status).toBe(422);
});

test('while it is unavailable, the shop gets no answer and buyers get pages', async () => {
  const { checkoutUrl } = await createCheckout();
  await post('/faults', { unavailable: true });
  expect((await post('/checkouts', ORDER)).status).toBe(503);
  expect((await fetch(checkoutUrl)).status).toBe(200);
});

test('the text of a QR code leads to the cashier', async () => {
  const { checkoutUrl } = await createCheckout();
  const token = checkoutUrl.split('/').at(-1);
  for (const code of [`weixin://wxpay/bizpayurl?pr=${token}`, `prepay_id=wx${token}`, checkoutUrl]) {
    const answer = await fetch(`${sandbox.url}/scan?code=${encodeURIComponent(code)}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, checkoutUrl]);
  }
  expect((await fetch(`${sandbox.url}/scan?code=weixin://nothing`)).status).toBe(404);
});

test('a trial serves the protocols that were named, and no others can be named', async () => {
  const options = { webhooksUrl: 'http://127.0.0.1:9/webhook', log: { info() {}, warn() {}, error() {} } };
  const trial = await startTrial(['http'], options);
  expect(trial.worker).toEqual({ PAYMENT_SANDBOX_URL: trial.sandbox.url });
  await trial.sandbox.stop();
  await expect(startTrial(['cash'], options)).rejects.toThrow('The sandbox speaks no protocol "cash".');
});

test('a request with a wrong signature is refused', async () => {
  const headers = { 'seckill-signature': `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}` };
  expect((await fetch(`${sandbox.url}/payments/x`, { headers })).status).toBe(401);
});

test('a checkout speaks the language of the browser, English if it asks for neither', async () => {
  const { checkoutUrl } = await createCheckout();
  const read = async (language: string) => (await fetch(checkoutUrl, { headers: { 'accept-language': language } })).text();
  expect(await read('zh-CN,zh;q=0.9,en;q=0.8')).toContain('<html lang="zh-CN">');
  expect(await read('en-GB,zh;q=0.5')).toContain('<html lang="en">');
  expect(await read('fr-FR')).toContain('<html lang="en">');
});
