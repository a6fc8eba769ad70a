import {
  type Checkout,
  type CheckoutRequest,
  type Closed,
  type Notification,
  type PaymentProvider,
  type PaymentStanding,
  ProviderUnavailable,
  type RefundRequest,
  type RefundStanding,
  type StatementLine,
} from '../../provider.ts';
import { numberOf } from './numbers.ts';
import { readBill } from './read-bill.ts';
import { readNotification } from './read-notification.ts';
import { findRefund, sendRefund } from './refunds.ts';
import { startCheckout } from './start-checkout.ts';
import { standingOf, transaction } from './transactions.ts';
import { fitting, type WeChatClient } from './wechat-client.ts';

/** WeChat Pay, API v3, for a merchant in mainland China. */
export class WeChatPay implements PaymentProvider {
  readonly name = 'wechatpay';
  readonly #client: WeChatClient;
  readonly #apiV3Key: Buffer;
  readonly #notifyUrl: string;

  constructor(client: WeChatClient, apiV3Key: Buffer, notifyUrl: string) {
    this.#client = client;
    this.#apiV3Key = apiV3Key;
    this.#notifyUrl = notifyUrl;
  }

  createCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Checkout> {
    return startCheckout(this.#client, request, this.#notifyUrl, giveUpAt);
  }

  /** The end of the time to pay closes nothing at WeChat Pay: without this, a buyer who is at the last step could still pay. */
  async closeCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Closed> {
    const body = { mchid: this.#client.merchant.mchId };
    const answer = await this.#client.call({ method: 'POST', path: `${pathOf(request)}/close`, body }, giveUpAt);
    if (answer.ok) return { state: 'closed' };
    // It is paid, closed, unknown, or being paid: the query says which, in fewer spellings than the error codes.
    const standing = await this.getPayment(request, giveUpAt);
    if (standing.state === 'paid') return standing;
    if (standing.state === 'closed' || standing.state === 'unknown') return { state: 'closed' };
    throw new ProviderUnavailable(`WeChat Pay did not close the payment (${answer.code}), and it is not paid.`);
  }

  async getPayment(request: CheckoutRequest, giveUpAt: number): Promise<PaymentStanding> {
    const { mchId } = this.#client.merchant;
    const answer = await this.#client.call({ method: 'GET', path: `${pathOf(request)}?mchid=${mchId}` }, giveUpAt);
    if (!answer.ok) {
      if (answer.status === 404) return { state: 'unknown' };
      throw new ProviderUnavailable(`WeChat Pay did not look for the payment (${answer.code}).`);
    }
    const payment = fitting(transaction, answer.body, 'a payment');
    // A signature covers the answer and not the question.
    if (payment.mchid !== mchId || payment.out_trade_no !== numberOf(request.paymentId)) {
      throw new ProviderUnavailable('WeChat Pay answered with another payment.');
    }
    return standingOf(payment);
  }

  async refund(request: RefundRequest, giveUpAt: number): Promise<RefundStanding> {
    const standing = await sendRefund(this.#client, request, this.#notifyUrl, giveUpAt);
    if (standing !== undefined) return standing;
    // WeChat Pay misses payments that exist at times: a repeated request finds them.
    const payment = await this.getPayment(request.payment, giveUpAt);
    if (payment.state === 'paid') throw new ProviderUnavailable('WeChat Pay did not find the payment that is to be refunded.');
    return { state: 'refused', reason: 'WeChat Pay has no such payment, or it was not paid (RESOURCE_NOT_EXISTS).' };
  }

  getRefund(request: RefundRequest, giveUpAt: number): Promise<RefundStanding | { state: 'unknown' }> {
    return findRefund(this.#client, request, giveUpAt);
  }

  readNotification(rawBody: Buffer, headers: Readonly<Record<string, string>>): Promise<Notification> {
    return readNotification(this.#client, this.#apiV3Key, rawBody, headers);
  }

  readStatement(day: string): AsyncIterable<StatementLine> {
    return readBill(this.#client, day);
  }
}

const pathOf = ({ paymentId }: CheckoutRequest): string => `/v3/pay/transactions/out-trade-no/${numberOf(paymentId)}`;
