import {
  type Checkout,
  type CheckoutRequest,
  type Closed,
  type Notification,
  type PaymentProvider,
  type PaymentStanding,
  type ProviderParts,
  ProviderRefused,
  ProviderUnavailable,
  type RefundRequest,
  type RefundStanding,
  type StatementLine,
} from '../../provider.ts';
import type { AlipayAnswer, AlipayGateway } from './alipay-gateway.ts';
import { fenOf, merchantNumber, msOf, refundNumber, yuanOf } from './alipay-terms.ts';
import { readNotification } from './read-notification.ts';
import { readStatement } from './read-statement.ts';
import { tradeOf } from './trade.ts';

const NOT_EXIST = 'ACQ.TRADE_NOT_EXIST';

/** Page and QR payment with Alipay, in yuan. */
export class AlipayProvider implements PaymentProvider {
  readonly name = 'alipay';
  readonly #gateway: AlipayGateway;
  readonly #appId: string;
  readonly #parts: ProviderParts;

  constructor(gateway: AlipayGateway, appId: string, parts: ProviderParts) {
    this.#gateway = gateway;
    this.#appId = appId;
    this.#parts = parts;
  }

  async createCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Checkout> {
    const { channel = 'page', orderId } = request;
    const trade = tradeOf(request);
    const { notifyUrl } = this.#parts;
    if (channel === 'page') {
      const page = { ...trade, product_code: 'FAST_INSTANT_TRADE_PAY' };
      const urls = { notify_url: notifyUrl, return_url: this.#parts.returnUrl(orderId) };
      return { checkoutUrl: await this.#gateway.pageUrl('alipay.trade.page.pay', page, urls) };
    }
    if (channel !== 'qr')
      throw new ProviderRefused(`Alipay is paid on a page or by a QR code here, not by the channel ${channel}.`);
    const answer = await this.#gateway.call('alipay.trade.precreate', trade, giveUpAt, notifyUrl);
    if (answer.refused) throw new ProviderRefused(`Alipay refuses the payment: ${reasonOf(answer)}.`);
    if (answer.qr_code === undefined) throw new ProviderUnavailable('Alipay answered without a QR code.');
    return { qrCode: answer.qr_code };
  }

  async closeCheckout(request: CheckoutRequest, giveUpAt: number): Promise<Closed> {
    const closing = await this.#gateway.call('alipay.trade.close', numberOf(request), giveUpAt);
    // Alipay has no trade until the buyer has signed in on the page or scanned the code, and can't close what it doesn't have. The address and the code
    // end at the deadline that they carry. Money that comes before is refunded like all money for a cancelled order.
    if (!closing.refused || closing.subCode === NOT_EXIST) return { state: 'closed' };
    const standing = await this.getPayment(request, giveUpAt);
    if (standing.state === 'paid') return standing;
    if (standing.state === 'closed') return { state: 'closed' };
    throw new ProviderUnavailable(`Alipay did not close the payment, and says that it is ${standing.state}: ${closing.subCode}.`);
  }

  async getPayment(request: CheckoutRequest, giveUpAt: number): Promise<PaymentStanding> {
    const method = 'alipay.trade.query';
    const answer = await this.#gateway.call(method, numberOf(request), giveUpAt);
    if (answer.refused) {
      if (answer.subCode === NOT_EXIST) return { state: 'unknown' };
      throw new ProviderUnavailable(`Alipay could not do ${method}: ${answer.subCode}.`);
    }
    if (answer.trade_status === 'WAIT_BUYER_PAY') return { state: 'open' };
    const isClosed = answer.trade_status === 'TRADE_CLOSED';
    // A payment that was refunded in full is closed as well, but has a time of payment.
    if (isClosed && answer.send_pay_date === undefined) return { state: 'closed' };
    const isPaid = isClosed || answer.trade_status === 'TRADE_SUCCESS' || answer.trade_status === 'TRADE_FINISHED';
    const amountCents = fenOf(answer.total_amount);
    const paidAt = msOf(answer.send_pay_date);
    if (!isPaid || amountCents === undefined || paidAt === undefined) {
      throw new ProviderUnavailable(`Alipay answered ${method} with a payment that can't be read.`);
    }
    const payer = answer.buyer_open_id ?? answer.buyer_user_id;
    return { state: 'paid', facts: { amountCents, currency: 'CNY', paidAt, payer } };
  }

  async refund(request: RefundRequest, giveUpAt: number): Promise<RefundStanding> {
    const { payment, refundId, amountCents, reason } = request;
    const asked = { refund_amount: yuanOf(amountCents), out_request_no: refundNumber(refundId, amountCents) };
    const content = { ...numberOf(payment), ...asked, refund_reason: reason.slice(0, 256) };
    const answer = await this.#gateway.call('alipay.trade.refund', content, giveUpAt);
    if (!answer.refused && answer.fund_change === 'Y') return { state: 'done' };
    // No money moved by this call. An earlier one, whose answer was lost, may have moved it.
    const known = await this.getRefund(request, giveUpAt);
    if (known.state !== 'unknown') return known;
    return answer.refused ? { state: 'refused', reason: reasonOf(answer) } : { state: 'pending' };
  }

  async getRefund(
    { payment, refundId, amountCents }: RefundRequest,
    giveUpAt: number,
  ): Promise<RefundStanding | { state: 'unknown' }> {
    const method = 'alipay.trade.fastpay.refund.query';
    const content = { ...numberOf(payment), out_request_no: refundNumber(refundId, amountCents) };
    const answer = await this.#gateway.call(method, content, giveUpAt);
    if (!answer.refused) return { state: answer.refund_status === 'REFUND_SUCCESS' ? 'done' : 'unknown' };
    if (answer.subCode === NOT_EXIST) return { state: 'unknown' };
    throw new ProviderUnavailable(`Alipay could not do ${method}: ${answer.subCode}.`);
  }

  async readNotification(rawBody: Buffer): Promise<Notification> {
    return readNotification(rawBody.toString(), this.#gateway, this.#appId);
  }

  readStatement(day: string): AsyncIterable<StatementLine> {
    return readStatement(this.#gateway, day);
  }
}

const numberOf = ({ paymentId }: CheckoutRequest) => ({ out_trade_no: merchantNumber(paymentId) });

/** Alipay's code and words for an operator; they are about the request, not the buyer. */
const reasonOf = ({ subCode, subMessage }: AlipayAnswer & { refused: true }): string =>
  [subCode, subMessage.slice(0, 200)].filter((part) => part !== '').join(': ');
