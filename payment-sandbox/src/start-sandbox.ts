import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from 'seckill-core';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Checkout, checkoutToken, readCheckoutToken } from './checkout-link.ts';
import { checkoutPage, resultPage, unknownPage } from './checkout-page.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface SandboxOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Address for buyers' browsers. Default: the address it listens on. */
  publicUrl?: string | undefined;
  webhookUrl: string;
  /** Signs webhooks and checkout addresses. */
  webhookSecret: string;
  /** Checkout links that were signed with it still open. */
  webhookSecretPrevious?: string | undefined;
  log: Log;
}

export interface Sandbox {
  url: string;
  /** Refunded payment ids, with the amount in the currency's minor unit. */
  refunds: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

interface Answer {
  status: number;
  json?: object;
  html?: string;
}

const money = { paymentId: Type.String(), amountCents: Type.Integer(), currency: Type.String() };
const checkoutBody = Compile(Type.Object({ ...money, orderId: Type.String() }));
const refundBody = Compile(Type.Object(money));
const BODY_LIMIT = 10_000;

/** A payment provider for development and tests: real HTTP, signed webhooks, no money. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { webhookSecret, webhookSecretPrevious = webhookSecret } = options;
  const secrets = [webhookSecret, webhookSecretPrevious];
  const webhooks = new WebhookSender({ url: options.webhookUrl, secret: options.webhookSecret, log: options.log });
  const refunds = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const answer = await route(request).catch((error: unknown): Answer => {
      options.log.error({ err: error }, 'the payment sandbox failed');
      return { status: 500, json: { error: 'The sandbox failed; its log says why.' } };
    });
    request.resume();
    const body = answer.html ?? JSON.stringify(answer.json);
    const type = answer.html === undefined ? 'application/json' : 'text/html; charset=utf-8';
    // Without its length, the body travels in chunks.
    response.writeHead(answer.status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  });

  async function route(request: IncomingMessage): Promise<Answer> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    const call = `${request.method} ${path}`;
    if (call === 'GET /healthz') return { status: 200, json: { ok: true, webhooksWaiting: webhooks.waiting } };
    if (call === 'POST /checkouts') return createCheckout(await readJson(request));
    if (call === 'POST /refunds') return refund(await readJson(request));
    const [, token = '', action] = /^\/checkout\/([^/]+)(?:\/(pay|decline))?$/.exec(path) ?? [];
    const checkout = readCheckoutToken(secrets, token);
    const { accept = '', 'accept-language': language } = request.headers;
    if (checkout === undefined) return { status: 404, html: unknownPage(language) };
    if (request.method === 'GET' && action === undefined) return { status: 200, html: checkoutPage(checkout, token, language) };
    if (request.method === 'POST' && action !== undefined) {
      const settled = settle(checkout, action === 'pay');
      if (/application\/json/.test(accept)) return { status: 200, json: settled };
      return { status: 200, html: resultPage(checkout, action === 'pay', language) };
    }
    return { status: 405, json: { error: 'GET the checkout, or POST to its address followed by /pay or /decline.' } };
  }

  function createCheckout(body: unknown): Answer {
    if (!checkoutBody.Check(body)) return { status: 400, json: { error: 'Send paymentId, orderId, amountCents and currency.' } };
    return { status: 201, json: { checkoutUrl: `${publicUrl}/checkout/${checkoutToken(options.webhookSecret, body)}` } };
  }

  function refund(body: unknown): Answer {
    if (!refundBody.Check(body)) return { status: 400, json: { error: 'Send paymentId, amountCents and currency.' } };
    refunds.set(body.paymentId, body.amountCents);
    return { status: 200, json: { refundId: `re_${body.paymentId}` } };
  }

  /** Pressing the button twice is one event: its id is derived from the payment's. */
  function settle(checkout: Checkout, paid: boolean): object {
    const eventId = `evt_${checkout.paymentId}_${paid ? 'paid' : 'declined'}`;
    webhooks.send({ eventId, type: paid ? 'payment.succeeded' : 'payment.failed', ...checkout });
    return { paymentId: checkout.paymentId, eventId, status: paid ? 'PAID' : 'DECLINED' };
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  const publicUrl = options.publicUrl?.replace(/\/$/, '') ?? url;
  return {
    url,
    refunds,
    stop: async () => {
      webhooks.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves with undefined if the body is too long, or not JSON. */
function readJson(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('error', reject);
    request.on('end', () => resolve(parse(Buffer.concat(chunks).toString('utf8'))));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
