import { DEVELOPMENT_WEBHOOK_SECRET, isSigned, parseJson, signWebhook } from 'seckill-core';
import { Type } from 'typebox';
import { json } from '../../json.ts';
import {
  defineProtocol,
  type Protocol,
  type ProtocolParts,
  type SandboxAnswer,
  type SandboxEvent,
  type SandboxNotification,
  type SandboxRequest,
} from '../../protocol.ts';
import { checkoutBody, notificationBody, refundBody, standingOf, statementOf } from './messages.ts';

const NAME = 'http';

const unixSeconds = () => Math.floor(Date.now() / 1_000);

/** The platform's own API for providers. */
export const protocol = defineProtocol({
  name: NAME,
  settings: Type.Object({
    PAYMENT_WEBHOOK_SECRET: Type.Optional(Type.String()),
    PAYMENT_WEBHOOK_SECRET_PREVIOUS: Type.Optional(Type.String()),
  }),
  create({ PAYMENT_WEBHOOK_SECRET: secret = DEVELOPMENT_WEBHOOK_SECRET, PAYMENT_WEBHOOK_SECRET_PREVIOUS: previous }, parts) {
    return new HttpProtocol(parts, secret, previous === undefined ? [secret] : [secret, previous]);
  },
  /** Both sides have the secret already: it is the gateway's too. */
  trial: ({ sandbox }) => ({ worker: { PAYMENT_SANDBOX_URL: sandbox }, sandbox: {} }),
});

class HttpProtocol implements Protocol {
  readonly name = NAME;
  readonly paths = /^\/(checkouts|payments|refunds|statements)(\/|$)/;
  readonly #parts: ProtocolParts;
  readonly #secret: string;
  readonly #secrets: readonly string[];

  constructor(parts: ProtocolParts, secret: string, secrets: readonly string[]) {
    this.#parts = parts;
    this.#secret = secret;
    this.#secrets = secrets;
  }

  async handle(request: SandboxRequest): Promise<SandboxAnswer> {
    if (!this.#isSigned(request)) return json(401, { error: 'The signature is wrong.' });
    const [, kind, id = '', action] = request.path.split('/');
    const call = `${request.method} ${kind}${id === '' ? '' : '/id'}${action === undefined ? '' : `/${action}`}`;
    if (call === 'POST checkouts') return this.#createCheckout(request.body);
    if (call === 'POST checkouts/id/close') return this.#close(id, request.body);
    if (call === 'GET payments/id') return json(200, standingOf(this.#parts.books.payment(`${NAME}:${id}`)));
    if (call === 'POST refunds') return this.#refund(request.body);
    if (call === 'GET refunds/id') return this.#refundOf(id);
    if (call === 'GET statements/id') return statementOf(this.#parts.books, NAME, id);
    return json(404, { error: 'There is no such call.' });
  }

  notificationOf(event: SandboxEvent): SandboxNotification | undefined {
    const content = notificationBody(event);
    if (content === undefined) return undefined;
    return this.#signed(JSON.stringify(content), this.#secret);
  }

  forge({ body }: SandboxNotification): SandboxNotification {
    return this.#signed(body, 'the secret of a stranger');
  }

  isAccepted({ status }: { status: number }): boolean {
    return status >= 200 && status < 300;
  }

  #signed(body: string, secret: string): SandboxNotification {
    const headers = { 'content-type': 'application/json', 'seckill-signature': signWebhook(secret, body, unixSeconds()) };
    return { url: this.#parts.webhooksUrl, headers, body };
  }

  /** Workers of earlier versions, and those that have no secret, sign nothing. The sandbox has no money to lose. */
  #isSigned({ method, url, headers, body }: SandboxRequest): boolean {
    const given = headers['seckill-signature'];
    if (given === undefined) return true;
    const text = Buffer.concat([Buffer.from(`${method} ${url}\n`), body]);
    return isSigned(this.#secrets, given.toString(), text, unixSeconds());
  }

  #createCheckout(bytes: Buffer): SandboxAnswer {
    const body = parseJson(bytes);
    if (!checkoutBody.Check(body)) return json(400, { error: 'Send paymentId, orderId, amountCents and currency.' });
    const payment = this.#parts.books.open({ ...body, protocol: NAME, title: body.lines?.[0]?.title ?? '', data: {} });
    if (payment.state === 'CLOSED') return json(422, { reason: 'The payment is closed.' });
    return json(201, { checkoutUrl: this.#parts.cashierUrl(payment) });
  }

  /** Remembers a payment that it never saw as closed, so that a late request can't open it. */
  #close(paymentId: string, bytes: Buffer): SandboxAnswer {
    const { books, close } = this.#parts;
    const key = `${NAME}:${paymentId}`;
    const body = parseJson(bytes);
    if (books.payment(key) === undefined) {
      if (!checkoutBody.Check(body) || body.paymentId !== paymentId) return json(400, { error: 'Send the payment.' });
      books.open({ ...body, protocol: NAME, title: '', data: {} });
    }
    return json(200, standingOf(close(key)));
  }

  #refund(bytes: Buffer): SandboxAnswer {
    const { books, refund } = this.#parts;
    const body = parseJson(bytes);
    if (!refundBody.Check(body)) return json(400, { error: 'Send refundId, paymentId, amountCents and currency.' });
    // Before partial refunds, a payment had one refund, which had no number.
    const { refundId = body.paymentId, paymentId, amountCents, currency } = body;
    const key = `${NAME}:${paymentId}`;
    const payment = books.payment(key);
    const isKnown = books.refundOf(`${NAME}:${refundId}`) !== undefined;
    if (payment === undefined || payment.state !== 'PAID') return json(422, { reason: 'The payment is not paid.' });
    if (payment.currency !== currency) return json(422, { reason: 'The payment is in another currency.' });
    if (!isKnown && books.refundedCents(key) + amountCents > payment.amountCents)
      return json(422, { reason: 'The refunds would exceed the payment.' });
    const { state, reason } = refund({ protocol: NAME, refundId, payment: key, amountCents, currency, data: {} });
    return json(200, { state: state.toLowerCase(), reason });
  }

  #refundOf(refundId: string): SandboxAnswer {
    const refund = this.#parts.books.refundOf(`${NAME}:${refundId}`);
    return json(200, refund === undefined ? { state: 'unknown' } : { state: refund.state.toLowerCase(), reason: refund.reason });
  }
}
