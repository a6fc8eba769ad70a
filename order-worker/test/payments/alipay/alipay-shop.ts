import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Value } from 'typebox/value';
import { Books, type NewRefund, type SandboxPayment } from '../../../../payment-sandbox/src/books.ts';
import type { Protocol, ProtocolParts, SandboxAnswer, SandboxEvent } from '../../../../payment-sandbox/src/protocol.ts';
import { protocol } from '../../../../payment-sandbox/src/protocols/alipay/index.ts';
import type { CheckoutRequest, Notification, PaymentProvider, RefundRequest } from '../../../src/payments/provider.ts';
import { provider } from '../../../src/payments/providers/alipay/index.ts';

const NOTIFY_URL = 'http://127.0.0.1:3000/api/payments/webhook/alipay';
const log = { info() {}, warn() {}, error() {} };

export interface AlipayShop {
  alipay: PaymentProvider;
  /** Environment of the worker; other keys make another shop. */
  settings: Record<string, string>;
  /** Environment of the stand-in. */
  sandbox: Record<string, string>;
  /** What Alipay knows of a payment. */
  known(request: CheckoutRequest): SandboxPayment | undefined;
  pay(request: CheckoutRequest): SandboxPayment;
  /** Begins a payment on a page and opens it, as the buyer's browser does. */
  openPage(request?: CheckoutRequest): Promise<CheckoutRequest>;
  /** The same, and pays. */
  paidPage(request?: CheckoutRequest): Promise<CheckoutRequest>;
  /** Ends a pending refund. */
  endRefund(key: string): void;
  /** Alipay's notification of the payment, as the gateway receives it. */
  notify(event: SandboxEvent): { body: string; forged: string };
  read(body: string): Promise<Notification>;
  /** How refunds are answered from now on. */
  refunds: 'DONE' | 'PENDING' | 'REFUSED';
  /** Changes answers on their way. Default: none. */
  spoil: (answer: SandboxAnswer) => SandboxAnswer | Promise<SandboxAnswer>;
  isAccepted(notification: Notification): boolean;
  create(settings: Record<string, string>): Promise<PaymentProvider>;
  stop(): Promise<void>;
}

/** Alipay's stand-in and the real adapter with the real SDK, over HTTP. */
export async function openAlipayShop(): Promise<AlipayShop> {
  const books = new Books();
  const server = createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const url = message.url ?? '';
    const [path = '', query] = url.split('?');
    const { method = '', headers } = message;
    const answer = await shop.spoil(
      await standIn.handle({ method, path, url, query: new URLSearchParams(query), headers, body: Buffer.concat(chunks) }),
    );
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { worker, sandbox } = protocol.trial({ sandbox: publicUrl, webhooks: NOTIFY_URL });
  const refund = (asked: NewRefund) => {
    const ends = { at: Date.now(), state: 'DONE' as const };
    return books.refund(asked, { state: shop.refunds, ...(shop.refunds === 'PENDING' ? { ends } : {}), reason: '余额不足' });
  };
  const cashierUrl = ({ token }: SandboxPayment) => `${publicUrl}/checkout/${token}`;
  const close = (key: string) => books.close(key);
  const parts = { books, close, refund, publicUrl, webhooksUrl: NOTIFY_URL, cashierUrl, log };
  const standIn = standInOf(sandbox, parts);
  const create = async (settings: Record<string, string>) =>
    provider.create(Value.Parse(provider.settings, settings), { notifyUrl: NOTIFY_URL, returnUrl, log });

  const keyOf = ({ paymentId }: CheckoutRequest) => `alipay:${paymentId.replaceAll('-', '')}`;
  const shop: AlipayShop = {
    alipay: await create(worker),
    settings: worker,
    sandbox,
    known: (request) => books.payment(keyOf(request)),
    pay: (request) => books.pay(keyOf(request)),
    openPage: async (request = newRequest()) => {
      const { checkoutUrl = '' } = await shop.alipay.createCheckout(request, soon());
      const page = await fetch(checkoutUrl, { redirect: 'manual' });
      if (page.status !== 302) throw new Error(`Alipay answered ${page.status} to the page.`);
      return request;
    },
    paidPage: async (request) => {
      const opened = await shop.openPage(request);
      shop.pay(opened);
      return opened;
    },
    endRefund: (key) => void books.endRefund(key),
    notify: (event) => {
      const notification = standIn.notificationOf(event);
      if (notification === undefined) throw new Error('Alipay does not notify of this.');
      return { body: notification.body, forged: standIn.forge(notification).body };
    },
    read: (body) => shop.alipay.readNotification(Buffer.from(body), {}),
    refunds: 'DONE',
    spoil: (answer) => answer,
    isAccepted: ({ answer }) => standIn.isAccepted(answer),
    create,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return shop;
}

function standInOf(settings: Record<string, string>, parts: ProtocolParts): Protocol {
  const made = protocol.create(Value.Parse(protocol.settings, settings), parts);
  if (made === undefined) throw new Error('The stand-in did not take its settings.');
  return made;
}

const returnUrl = (orderId: string) => `http://127.0.0.1:3000/orders/${orderId}`;

/** Pays an order of two lines, 25.80 yuan, in the next ten minutes. */
export const newRequest = (more: Partial<CheckoutRequest> = {}): CheckoutRequest => ({
  paymentId: randomUUID(),
  orderId: randomUUID(),
  lines: [
    { title: '限量 T 恤, "黑/白" & 蓝', quantity: 2, unitCents: 1_000 },
    { title: 'Sticker', quantity: 1, unitCents: 580 },
  ],
  amountCents: 2_580,
  currency: 'CNY',
  buyer: 'buyer-1',
  locale: 'zh-CN',
  createdAt: Date.now(),
  expiresAt: Date.now() + 600_000,
  ...more,
});

export const newRefund = (payment: CheckoutRequest, amountCents = payment.amountCents): RefundRequest => ({
  refundId: randomUUID(),
  payment,
  paidCents: payment.amountCents,
  amountCents,
  currency: 'CNY',
  reason: 'The order was cancelled.',
});

/** A time to give up at, of `performance.now()`. */
export const soon = (ms = 5_000): number => performance.now() + ms;
