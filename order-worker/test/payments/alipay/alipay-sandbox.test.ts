import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTrial } from 'payment-sandbox';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import type { PaymentProvider, ProviderEvent } from '../../../src/payments/provider.ts';
import { provider } from '../../../src/payments/providers/alipay/index.ts';
import { newRefund, newRequest, soon } from './alipay-shop.ts';

const log = { info() {}, warn() {}, error() {} };

test('every payment and refund arrives through the whole sandbox, also late and doubled, and nothing forged', async () => {
  let alipay: PaymentProvider | undefined;
  const events: ProviderEvent[] = [];
  let isAway = true;
  const gateway = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // The shop misses the first attempts.
    if (isAway || alipay === undefined) return response.writeHead(503).end();
    const read = await alipay.readNotification(Buffer.concat(chunks), {});
    if (read.kind === 'events') events.push(...read.events);
    return response.writeHead(read.answer.status, { 'content-type': read.answer.contentType }).end(read.answer.body);
  });
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const webhooksUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api/payments/webhook`;
  const { sandbox, worker } = await startTrial(['alipay'], { webhooksUrl, log });
  try {
    const parts = { notifyUrl: `${webhooksUrl}/alipay`, returnUrl: () => 'http://127.0.0.1/', log };
    alipay = await provider.create(Value.Parse(provider.settings, worker), parts);
    expect(sandbox.mood.set({ notifications: { doubled: 1, forged: 1, reordered: 0.5 } })).toBeUndefined();

    const [onPage, byCode] = [newRequest(), newRequest({ channel: 'qr' })];
    const { checkoutUrl = '' } = await alipay.createCheckout(onPage, soon());
    const { qrCode = '' } = await alipay.createCheckout(byCode, soon());
    for (const address of [checkoutUrl, `${sandbox.url}/scan?code=${encodeURIComponent(qrCode)}`]) {
      const cashier = await fetch(address);
      expect(await cashier.text()).toContain('25.80');
      expect((await fetch(`${cashier.url}/pay`, { method: 'POST' })).status).toBe(200);
    }
    const refund = newRefund(onPage, 580);
    expect(await alipay.refund(refund, soon())).toEqual({ state: 'done' });
    isAway = false;

    const told = () => new Set(events.map(({ kind, orderId }) => `${kind} ${orderId}`));
    const all = new Set([`paid ${onPage.orderId}`, `paid ${byCode.orderId}`, `refund ${onPage.orderId}`]);
    await expect.poll(told).toEqual(all);
    await expect.poll(() => sandbox.notifier.waiting).toBe(0);
    expect(sandbox.notifier.counts).toMatchObject({ accepted: 3, forgedAccepted: 0 });
    expect(events.find(({ kind }) => kind === 'refund')).toMatchObject({ refundId: refund.refundId, amountCents: 580 });
  } finally {
    await sandbox.stop();
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
  }
});
