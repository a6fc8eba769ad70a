import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newId, newReservationId } from 'seckill-core';
import { Value } from 'typebox/value';
import { Books, type SandboxPayment, type SandboxRefund } from '../../../../payment-sandbox/src/books.ts';
import type { Protocol, ProtocolParts, SandboxAnswer, SandboxNotification } from '../../../../payment-sandbox/src/protocol.ts';
import { protocol } from '../../../../payment-sandbox/src/protocols/wechatpay/index.ts';
import { type Mode, trial } from '../../../../payment-sandbox/src/protocols/wechatpay/trial.ts';
import type { CheckoutRequest, PaymentProvider } from '../../../src/payments/provider.ts';
import { provider } from '../../../src/payments/providers/wechatpay/index.ts';

type Env = Record<string, string>;

const NOTIFY_URL = 'http://127.0.0.1/api/payments/webhook/wechatpay';
const log = { info() {}, warn() {}, error() {} };

/** The settings of both sides in each mode. All modes share the keys. */
export const settings: Readonly<Record<Mode, { sandbox: Env; worker: Env }>> = (() => {
  const both = trial({ sandbox: 'SANDBOX' }, 'both', 1_024);
  const without = (env: Env, pattern: RegExp): Env =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !pattern.test(name)));
  const but = (pattern: RegExp) => ({ sandbox: without(both.sandbox, pattern), worker: without(both.worker, pattern) });
  return { both, certificates: but(/_PUBLIC_KEY|_PLATFORM_KEY/), 'public-key': but(/_CERTIFICATE_KEY/) };
})();

/** How the stand-in treats the next refunds. */
export interface RefundMood {
  state: SandboxRefund['state'];
  reason?: string;
}

/** WeChat Pay's stand-in behind a real HTTP server, which a test may let answer in another way. */
export class StandIn {
  readonly books = new Books();
  readonly requests: string[] = [];
  refunds: RefundMood = { state: 'DONE' };
  /** Changes what the merchant receives. */
  tamper: (answer: SandboxAnswer, path: string) => SandboxAnswer | undefined = (answer) => answer;
  protocol!: Protocol;
  url = '';
  readonly #server = createServer(async (request, response) => {
    const answer = await this.#answer(request);
    if (answer === undefined) request.socket.destroy();
    else response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
  });

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Speaks with these keys from now on. */
  use(sandbox: Env): void {
    const parts: ProtocolParts = {
      books: this.books,
      close: (key) => this.books.close(key),
      refund: (asked) => {
        const { state, reason } = this.refunds;
        const ends = state === 'PENDING' ? { ends: { at: 0, state: 'DONE' as const } } : {};
        return this.books.refund(asked, { state, reason, ...ends });
      },
      publicUrl: this.url,
      webhooksUrl: NOTIFY_URL,
      cashierUrl: ({ token }) => `${this.url}/checkout/${token}`,
      log,
    };
    const made = protocol.create(sandbox, parts);
    if (made === undefined) throw new Error('The settings are not complete.');
    this.protocol = made;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  payment(request: CheckoutRequest): SandboxPayment {
    const payment = this.books.payment(keyOf(request.paymentId));
    if (payment === undefined) throw new Error('The stand-in has no such payment.');
    return payment;
  }

  pay(request: CheckoutRequest, payer?: string): SandboxPayment {
    return this.books.pay(keyOf(request.paymentId), payer);
  }

  /** The notification of a payment. */
  notification(request: CheckoutRequest, id = `evt-${request.paymentId}`): SandboxNotification {
    const made = this.protocol.notificationOf({ id, kind: 'paid', payment: this.payment(request) });
    if (made === undefined) throw new Error('There is no notification of it.');
    return made;
  }

  async #answer(request: IncomingMessage): Promise<SandboxAnswer | undefined> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = request.url ?? '';
    const [path = '', query] = url.split('?');
    const method = request.method ?? '';
    this.requests.push(`${method} ${path}`);
    const given = { method, path, url, query: new URLSearchParams(query), headers: request.headers, body: Buffer.concat(chunks) };
    const answer = await this.protocol.handle(given);
    return this.tamper(answer, path);
  }
}

export const keyOf = (id: string): string => `wechatpay:${id.replaceAll('-', '')}`;

/** The real adapter with these settings, read as the worker reads them. */
export function adapter(worker: Env, notifyUrl = NOTIFY_URL): Promise<PaymentProvider> {
  const values = Value.Parse(provider.settings, worker);
  return provider.create(values, { notifyUrl, returnUrl: () => 'http://shop.test', log });
}

export function aPayment(more: Partial<CheckoutRequest> = {}): CheckoutRequest {
  const now = Date.now();
  return {
    paymentId: newId(),
    orderId: newReservationId('00000a'),
    lines: [{ title: '限量手办', quantity: 1, unitCents: 19_900 }],
    amountCents: 19_900,
    currency: 'CNY',
    buyer: 'auth0|buyer',
    locale: 'zh-CN',
    createdAt: now,
    expiresAt: now + 900_000,
    ...more,
  };
}

/** Long enough for a busy machine. */
export const soon = (): number => performance.now() + 10_000;
