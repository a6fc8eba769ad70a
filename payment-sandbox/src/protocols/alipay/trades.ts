import type { SandboxPayment, SandboxRefund } from '../../books.ts';
import type { ProtocolParts } from '../../protocol.ts';
import type { Fields } from './signing.ts';
import { chinaTime, fen, msOfChinaTime, yuan } from './terms.ts';

/** What a request asks for, in `biz_content`. */
export type Content = Readonly<Record<string, unknown>>;
type Parts = Pick<ProtocolParts, 'books' | 'close' | 'refund'>;

/** A business error, as Alipay names it. */
export class AlipayError extends Error {
  readonly subCode: string;

  constructor(subCode: string, message: string) {
    super(message);
    this.subCode = subCode;
  }
}

/** The trade takes no money any more. */
export const HAS_CLOSE = 'ACQ.TRADE_HAS_CLOSE';

const SUCCESS = { code: '10000', msg: 'Success' };
const textOf = (content: Content, name: string): string => (typeof content[name] === 'string' ? content[name] : '');

const tradeKey = (content: Content): string => `alipay:${textOf(content, 'out_trade_no')}`;

/** The trades of one shop, as `alipay.trade.*` shows them. */
export class Trades {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Opens a trade, or returns the one under the same number. */
  open(content: Content, urls: Fields, isCode: boolean): SandboxPayment {
    const amountCents = fen(textOf(content, 'total_amount'));
    const title = textOf(content, 'subject');
    const orderId = textOf(content, 'passback_params');
    const expires = textOf(content, 'time_expire');
    const expiresAt = expires === '' ? undefined : msOfChinaTime(expires);
    const isWrong =
      !/^\w{1,64}$/.test(textOf(content, 'out_trade_no')) ||
      amountCents === undefined ||
      !/^[^/=&]{1,256}$/.test(title) ||
      Number.isNaN(expiresAt) ||
      (!isCode && textOf(content, 'product_code') !== 'FAST_INSTANT_TRADE_PAY');
    if (isWrong) throw new AlipayError('ACQ.INVALID_PARAMETER', '参数无效');
    const known = this.#parts.books.payment(tradeKey(content));
    if (known?.state === 'PAID') throw new AlipayError('ACQ.TRADE_HAS_SUCCESS', '交易已被支付');
    if (known?.state === 'CLOSED') throw new AlipayError(HAS_CLOSE, '交易已经关闭');
    if (known !== undefined && known.amountCents !== amountCents)
      throw new AlipayError('ACQ.CONTEXT_INCONSISTENT', '交易信息被篡改');
    if (known === undefined && expiresAt !== undefined && expiresAt <= Date.now()) throw new AlipayError(HAS_CLOSE, '订单已过期');
    return this.#parts.books.open({
      protocol: 'alipay',
      paymentId: textOf(content, 'out_trade_no'),
      orderId,
      amountCents,
      currency: 'CNY',
      title,
      expiresAt,
      returnUrl: urls['return_url'],
      data: { isCode, notifyUrl: urls['notify_url'] },
    });
  }

  /** Opens the trade of a page. One that was paid or closed before is shown as it ended. */
  show(content: Content, urls: Fields): SandboxPayment {
    const known = this.#parts.books.payment(tradeKey(content));
    return known?.state === 'PAID' || known?.state === 'CLOSED' ? known : this.open(content, urls, false);
  }

  query(content: Content): object {
    const payment = this.#trade(content);
    const isGone = this.#parts.books.refundedCents(payment.key) === payment.amountCents;
    return { ...SUCCESS, ...shownTrade(payment, isGone) };
  }

  close(content: Content): object {
    const { state, key } = this.#trade(content);
    const payment = state === 'PAID' || state === 'CLOSED' ? undefined : this.#parts.close(key);
    if (payment?.state !== 'CLOSED') throw new AlipayError('ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
    return { ...SUCCESS, ...numbersOf(payment) };
  }

  refund(content: Content): object {
    const payment = this.#trade(content);
    const { books } = this.#parts;
    const refundId = textOf(content, 'out_request_no');
    const amountCents = fen(textOf(content, 'refund_amount'));
    if (amountCents === undefined || !/^\w{1,64}$/.test(refundId)) throw new AlipayError('ACQ.INVALID_PARAMETER', '参数无效');
    if (payment.state !== 'PAID') throw new AlipayError('ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
    const known = books.refundOf(`alipay:${refundId}`);
    if (known !== undefined && known.amountCents !== amountCents) {
      throw new AlipayError('ACQ.DISCORDANT_REPEAT_REQUEST', '同一笔退款单号退款金额不一致');
    }
    if (known === undefined && books.refundedCents(payment.key) + amountCents > payment.amountCents) {
      throw new AlipayError('ACQ.REASON_TRADE_REFUND_FEE_ERR', '退款金额无效');
    }
    const asked = { protocol: 'alipay', refundId, payment: payment.key, amountCents, currency: 'CNY', data: {} };
    const refund = this.#parts.refund(asked);
    if (refund.state === 'REFUSED') throw new AlipayError('ACQ.SELLER_BALANCE_NOT_ENOUGH', refund.reason ?? '卖家余额不足');
    const fund_change = known === undefined && refund.state === 'DONE' ? 'Y' : 'N';
    return { ...SUCCESS, ...numbersOf(payment), fund_change, refund_fee: yuan(books.refundedCents(payment.key)) };
  }

  /** A refund that is not done is left out, whether it is pending, refused or unknown. */
  queryRefund(content: Content): object {
    const payment = this.#trade(content);
    const refund = this.#parts.books.refundOf(`alipay:${textOf(content, 'out_request_no')}`);
    return { ...SUCCESS, ...numbersOf(payment), ...(refund?.state === 'DONE' ? shownRefund(payment, refund) : {}) };
  }

  /** A code that has not been scanned is no trade yet, so that it can't be closed; it can be paid until it expires. */
  #trade(content: Content): SandboxPayment {
    const payment = this.#parts.books.payment(tradeKey(content));
    const isCodeOnly = payment?.data['isCode'] === true && payment.state === 'OPEN';
    if (payment === undefined || isCodeOnly) throw new AlipayError('ACQ.TRADE_NOT_EXIST', '交易不存在');
    return payment;
  }
}

/** Alipay's number of a trade: 28 digits that begin with the day. */
export const tradeNumber = ({ createdAt, token }: SandboxPayment): string =>
  `${chinaTime(createdAt).slice(0, 10).replaceAll('-', '')}${BigInt(`0x${Buffer.from(token).toString('hex')}`)
    .toString()
    .slice(0, 20)}`;

export const numbersOf = (payment: SandboxPayment) => ({
  trade_no: tradeNumber(payment),
  out_trade_no: payment.paymentId,
});

const STATES = { OPEN: 'WAIT_BUYER_PAY', DECLINED: 'WAIT_BUYER_PAY', PAID: 'TRADE_SUCCESS', CLOSED: 'TRADE_CLOSED' } as const;

function shownTrade(payment: SandboxPayment, isGone: boolean): object {
  return {
    ...numbersOf(payment),
    trade_status: isGone ? 'TRADE_CLOSED' : STATES[payment.state],
    total_amount: yuan(payment.amountCents),
    buyer_user_id: buyerOf(payment),
    buyer_logon_id: '159****5620',
    ...(payment.paidAt === undefined ? {} : { send_pay_date: chinaTime(payment.paidAt) }),
  };
}

const shownRefund = (payment: SandboxPayment, refund: SandboxRefund) => ({
  out_request_no: refund.refundId,
  total_amount: yuan(payment.amountCents),
  refund_amount: yuan(refund.amountCents),
  refund_status: 'REFUND_SUCCESS',
});

export const buyerOf = ({ payer }: SandboxPayment): string => payer ?? '2088101117955611';
