import { reasonOf, signWebhook } from 'seckill-core';
import { Compile } from 'typebox/compile';
import { type HttpAnswer, HttpPool } from '../../../servers/http-pool.ts';
import {
  type Checkout,
  type CheckoutRequest,
  type Closed,
  type Notification,
  type PaidFacts,
  type PaymentProvider,
  type PaymentStanding,
  type ProviderParts,
  ProviderRefused,
  ProviderUnavailable,
  type RefundRequest,
  type RefundStanding,
  type StatementLine,
  StatementNotReady,
} from '../../provider.ts';
import * as messages from './messages.ts';
import { linesOf, read, readJson, reasonOfRefusal, refuseStatus } from './read-answer.ts';
import { readNotification } from './read-notification.ts';

/** Requests at once; a rush waits here rather than at the provider, which may limit them. */
const CONNECTIONS = 64;
/** A statement is read whole: about a million lines. */
const STATEMENT_BYTES = 256 * 1_024 * 1_024;
const STATEMENT_WITHIN_MS = 120_000;

const checkoutAnswer = Compile(messages.CheckoutAnswer);
const closeAnswer = Compile(messages.CloseAnswer);
const paymentAnswer = Compile(messages.PaymentAnswer);
const refundAnswer = Compile(messages.RefundAnswer);
const knownRefundAnswer = Compile(messages.KnownRefundAnswer);
const statementLine = Compile(messages.StatementLine);

const factsOf = ({ amountCents, currency, paidAt, payer }: messages.PaidAnswer): PaidFacts => ({
  amountCents,
  currency,
  paidAt,
  payer,
});
const unixSeconds = () => Math.floor(Date.now() / 1_000);

export interface HttpProviderOptions extends Pick<ProviderParts, 'notifyUrl' | 'returnUrl'> {
  /** Base address of the provider's API. */
  url: string;
  /** The first signs; each is accepted. None: nothing is signed, and no notification is accepted here. */
  secrets: readonly string[];
}

/** A payment service of the shop that speaks this platform's HTTP API: docs/payment-provider.openapi.yaml. */
export class HttpProvider implements PaymentProvider {
  readonly name = 'http';
  readonly #options: HttpProviderOptions;
  readonly #pool: HttpPool;

  constructor(options: HttpProviderOptions) {
    this.#options = options;
    this.#pool = new HttpPool(options.url, CONNECTIONS);
  }

  async createCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Checkout> {
    const answer = await this.#send('POST', '/checkouts', giveUpAt, this.#bodyOf(request));
    if (reasonOfRefusal(answer) !== undefined) throw new ProviderRefused('The payment provider refuses this payment.');
    const checkout = read(answer, '/checkouts', checkoutAnswer);
    if (checkout.checkoutUrl ?? checkout.qrCode ?? checkout.app) return checkout;
    throw new ProviderUnavailable('The payment provider answered /checkouts with no way to pay.');
  }

  async closeCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Closed> {
    const path = `/checkouts/${request.paymentId}/close`;
    const standing = read(await this.#send('POST', path, giveUpAt, this.#bodyOf(request)), path, closeAnswer);
    return standing.state === 'paid' ? { state: 'paid', facts: factsOf(standing) } : standing;
  }

  async getPayment({ paymentId }: CheckoutRequest, giveUpAt: number): Promise<PaymentStanding> {
    const path = `/payments/${paymentId}`;
    const standing = read(await this.#send('GET', path, giveUpAt), path, paymentAnswer);
    return standing.state === 'paid' ? { state: 'paid', facts: factsOf(standing) } : standing;
  }

  async refund({ payment, ...request }: RefundRequest, giveUpAt: number): Promise<RefundStanding> {
    const { paymentId, orderId } = payment;
    const answer = await this.#send('POST', '/refunds', giveUpAt, { ...request, paymentId, orderId });
    const reason = reasonOfRefusal(answer);
    return reason === undefined ? read(answer, '/refunds', refundAnswer) : { state: 'refused', reason };
  }

  async getRefund({ refundId }: RefundRequest, giveUpAt: number): Promise<RefundStanding | { state: 'unknown' }> {
    const path = `/refunds/${refundId}`;
    return read(await this.#send('GET', path, giveUpAt), path, knownRefundAnswer);
  }

  async readNotification(rawBody: Buffer, headers: Readonly<Record<string, string>>): Promise<Notification> {
    return readNotification(this.#options.secrets, rawBody, headers['seckill-signature']);
  }

  async *readStatement(day: string): AsyncIterable<StatementLine> {
    const path = `/statements/${day}`;
    const answer = await this.#send('GET', path, performance.now() + STATEMENT_WITHIN_MS, undefined, STATEMENT_BYTES);
    if (answer.status === 202) throw new StatementNotReady(`The payment provider makes the statement of ${day} later.`);
    refuseStatus(answer, path);
    for (const line of linesOf(answer.body))
      yield readJson(line, statementLine, `${path} with a line that is no line of a statement`);
  }

  #bodyOf(request: CheckoutRequest): object {
    const { providerRef: _, ...body } = request;
    return {
      ...body,
      returnUrl: this.#options.returnUrl(body.orderId),
      notifyUrl: this.#options.notifyUrl,
    };
  }

  async #send(method: 'GET' | 'POST', path: string, giveUpAt: number, content?: object, mostBytes?: number): Promise<HttpAnswer> {
    const body = content === undefined ? '' : JSON.stringify(content);
    const [secret] = this.#options.secrets;
    const headers = {
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...(secret === undefined ? {} : { 'seckill-signature': signWebhook(secret, `${method} ${path}\n${body}`, unixSeconds()) }),
    };
    const call = {
      method,
      path,
      headers,
      ...(content === undefined ? {} : { body }),
      ...(mostBytes === undefined ? {} : { mostBytes }),
    };
    return this.#pool.send(call, giveUpAt).catch((cause: unknown) => {
      throw new ProviderUnavailable(`The payment provider did not answer ${path}: ${reasonOf(cause)}.`, { cause });
    });
  }
}
