import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Sandbox, startTrial } from 'payment-sandbox';
import { newId, newReservationId } from 'seckill-core';
import { expect, vi } from 'vitest';
import type { CheckoutRequest, Notification, PaymentProvider, RefundRequest } from '../../../src/payments/provider.ts';
import { provider as stripe } from '../../../src/payments/providers/stripe/index.ts';

const log = { info() {}, warn() {}, error() {} };
export const MINUTE = 60_000;

/** The moment at which a call of a test gives up. */
export const soon = () => performance.now() + 10_000;

export interface Answer {
  status: number;
  body: string;
}

/** The real adapter with the real SDK, and Stripe's stand-in behind a wire that a test may cut. */
export class Shop {
  provider!: PaymentProvider;
  sandbox!: Sandbox;
  /** Settings of the adapter. */
  settings: Record<string, string> = {};
  /** Each request to Stripe, with the answer's status if there was one. */
  readonly requests: { call: string; form: URLSearchParams; headers: IncomingMessage['headers']; status?: number }[] = [];
  readonly notifications: { body: Buffer; headers: Record<string, string> }[] = [];
  /** Answers in place of the stand-in. */
  upstream: string | undefined;
  /** Lines on a page of a list, if it is not as many as the adapter asks for. */
  pageSize = 100;
  /** Replaces Stripe's answer; undefined cuts the connection. */
  answer: (answer: Answer, call: string) => Answer | undefined = (answer) => answer;
  readonly #server = createServer(
    (request, response) => void this.#serve(request, response).catch(() => request.socket.destroy()),
  );

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const { sandbox, worker } = await startTrial(['stripe'], { webhooksUrl: `${url}/api/payments/webhook`, log });
    this.sandbox = sandbox;
    this.settings = { ...worker, STRIPE_API_URL: url };
    this.provider = await this.createProvider();
  }

  async stop(): Promise<void> {
    await this.sandbox.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  createProvider(changed: Record<string, string> = {}, shopUrl = 'https://shop.test'): Promise<PaymentProvider> {
    const parts = { notifyUrl: '', returnUrl: (orderId: string) => `${shopUrl}/orders/${orderId}`, log };
    return stripe.create({ ...this.settings, ...changed } as Parameters<typeof stripe.create>[0], parts);
  }

  /** Opens a checkout, and returns the payment with its reference. */
  async open(changed: Partial<CheckoutRequest> = {}): Promise<CheckoutRequest & { checkoutUrl: string }> {
    const request = payment(changed);
    const { providerRef, checkoutUrl = '' } = await this.provider.createCheckout(request, soon());
    return { ...request, providerRef, checkoutUrl };
  }

  async press({ checkoutUrl }: { checkoutUrl: string }, button: 'pay' | 'decline' = 'pay'): Promise<void> {
    const headers = { accept: 'application/json' };
    const pressed = await fetch(`${checkoutUrl}/${button}`, { method: 'POST', headers });
    await pressed.text();
  }

  async openAndPay(changed: Partial<CheckoutRequest> = {}): Promise<CheckoutRequest> {
    const request = await this.open(changed);
    await this.press(request);
    return request;
  }

  /** Resolves with the notification at this place, as the adapter reads it. */
  async notification(place = 0): Promise<Notification> {
    const { body, headers } = await vi.waitUntil(() => this.notifications[place], { timeout: 30_000 });
    return this.provider.readNotification(body, headers);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url = '', headers } = request;
    if (url.startsWith('/api/')) {
      this.notifications.push({ body, headers: headers as Record<string, string> });
      response.end();
      return;
    }
    const [path = '', query = ''] = url.split('?');
    const call = `${method} ${path}`;
    const form = new URLSearchParams(method === 'POST' ? body.toString() : query);
    const record: (typeof this.requests)[0] = { call, form, headers };
    this.requests.push(record);
    const sent: Record<string, string> = {};
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'stripe-version'])
      if (headers[name] !== undefined) sent[name] = String(headers[name]);
    const init = method === 'POST' ? { method, headers: sent, body } : { headers: sent };
    const { upstream = this.sandbox.url } = this;
    const real = await fetch(upstream + url.replace('limit=100', `limit=${this.pageSize}`), init);
    record.status = real.status;
    const answer = this.answer({ status: real.status, body: await real.text() }, call);
    if (answer === undefined) request.socket.destroy();
    else response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  }
}

export function payment(changed: Partial<CheckoutRequest> = {}): CheckoutRequest {
  const now = Date.now();
  const lines = changed.lines ?? [{ title: 'Trainer 42', quantity: 2, unitCents: 6_250 }];
  return {
    paymentId: newId(),
    orderId: newReservationId('00000a'),
    lines,
    amountCents: lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0),
    currency: 'EUR',
    buyer: 'buyer',
    locale: 'de-AT',
    createdAt: now,
    expiresAt: now + 15 * MINUTE,
    ...changed,
  };
}

export function refundOf(of: CheckoutRequest, amountCents = of.amountCents, refundId = newId()): RefundRequest {
  const { amountCents: paidCents, currency } = of;
  return { refundId, payment: of, paidCents, amountCents, currency, reason: 'The shop has none left.' };
}

/** Resolves with the error, which must not say what Stripe answered. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => new Error('It did not fail.'),
    (reason: Error) => reason,
  );
  for (let each: unknown = error; each instanceof Error; each = each.cause) expect(each.message).not.toContain('secret');
  return error;
}
