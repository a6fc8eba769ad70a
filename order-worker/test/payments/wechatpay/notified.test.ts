import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startTrial } from '../../../../payment-sandbox/src/start-trial.ts';
import type { Notification, PaymentProvider } from '../../../src/payments/provider.ts';
import { adapter, aPayment, soon } from './stand-in.ts';

const log = { info() {}, warn() {}, error() {} };

test('a buyer scans the code and pays; the shop is notified until it accepts, and never by a stranger', async () => {
  const read: Notification[] = [];
  let provider: PaymentProvider | undefined;
  const shop = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const notification = await provider?.readNotification(Buffer.concat(chunks), headers);
    if (notification === undefined) throw new Error('The shop is not ready.');
    read.push(notification);
    const { status, body } = notification.answer;
    // The first verified one is lost in the shop.
    const isFirst = read.filter(({ kind }) => kind === 'events').length === 1;
    response.writeHead(isFirst && status === 200 ? 500 : status).end(body);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const webhooksUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  const { sandbox, worker } = await startTrial(['wechatpay'], { webhooksUrl, log });
  sandbox.mood.set({ protocol: 'wechatpay', notifications: { forged: 1 } });
  provider = await adapter(worker, `${webhooksUrl}/wechatpay`);
  try {
    const payment = aPayment();
    const { qrCode = '' } = await provider.createCheckout(payment, soon());
    const cashier = await fetch(`${sandbox.url}/scan?code=${encodeURIComponent(qrCode)}`);
    const paid = await fetch(`${cashier.url}/pay`, { method: 'POST', headers: { accept: 'application/json' } });
    expect(await paid.json()).toMatchObject({ status: 'PAID' });
    const events = () => read.flatMap((each) => (each.kind === 'events' ? each.events : []));
    await expect.poll(() => events().length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    const [first, second] = events();
    expect(first).toMatchObject({ kind: 'paid', paymentId: payment.paymentId, orderId: payment.orderId });
    expect(second).toEqual(first);
    await expect.poll(() => sandbox.notifier.waiting, { timeout: 20_000 }).toBe(0);
    expect(read.filter(({ kind }) => kind === 'invalid').length).toBeGreaterThanOrEqual(1);
  } finally {
    await sandbox.stop();
    shop.closeAllConnections();
    await new Promise((resolve) => shop.close(resolve));
  }
});
