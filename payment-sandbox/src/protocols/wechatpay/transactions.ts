import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SandboxPayment } from '../../books.ts';
import type { ProtocolParts, SandboxAnswer } from '../../protocol.ts';
import { beijingTime, fault, ok } from './answers.ts';
import type { Merchant } from './merchant.ts';
import { digitsOf } from './platform.ts';

export const NAME = 'wechatpay';
/** A payment can be made for at least this long. */
const SHORTEST_MS = 60_000;

const order = Compile(
  Type.Object({
    appid: Type.String(),
    mchid: Type.String(),
    description: Type.String({ minLength: 1 }),
    out_trade_no: Type.String({ pattern: '^[0-9A-Za-z_*|-]{6,32}$' }),
    time_expire: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\+08:00$' })),
    attach: Type.Optional(Type.String()),
    // Parameters are not allowed.
    notify_url: Type.String({ pattern: '^https?://[^?#]+$', maxLength: 255 }),
    amount: Type.Object({ total: Type.Integer({ minimum: 1 }), currency: Type.Optional(Type.Literal('CNY')) }),
    payer: Type.Optional(Type.Object({ openid: Type.String({ minLength: 1, maxLength: 128 }) })),
  }),
);

export const keyOf = (number: string): string => `${NAME}:${number}`;

/** What a repeated request must not change. */
const contentOf = (payment: SandboxPayment): string =>
  JSON.stringify([payment.amountCents, payment.title, payment.data['order']]);

/** POST /v3/pay/transactions/native and …/jsapi */
export function createOrder(parts: ProtocolParts, merchant: Merchant, kind: 'native' | 'jsapi', body: unknown): SandboxAnswer {
  if (!order.Check(body) || (kind === 'jsapi') !== (body.payer !== undefined)) return fault(400, 'PARAM_ERROR', '参数错误');
  const { description, out_trade_no, time_expire, attach = '', notify_url, amount, payer } = body;
  if (Buffer.byteLength(description) > 127 || Buffer.byteLength(attach) > 128)
    return fault(400, 'PARAM_ERROR', '字节数大于最大值');
  if (body.mchid !== merchant.mchId || body.appid !== merchant.appId) {
    return fault(400, 'APPID_MCHID_NOT_MATCH', 'appid和mch_id不匹配');
  }
  const known = parts.books.payment(keyOf(out_trade_no));
  const asked = {
    protocol: NAME,
    paymentId: out_trade_no,
    orderId: attach,
    amountCents: amount.total,
    currency: 'CNY',
    title: description,
    expiresAt: time_expire === undefined ? undefined : Math.max(Date.parse(time_expire), Date.now() + SHORTEST_MS),
    payer: payer?.openid,
    data: { order: [kind, attach, time_expire, payer?.openid], notifyUrl: notify_url },
  };
  const payment = parts.books.open(asked);
  if (known?.state === 'PAID') return fault(400, 'ORDERPAID', '该订单已支付');
  if (known?.state === 'CLOSED') return fault(400, 'ORDER_CLOSED', '该订单已关闭');
  if (
    known !== undefined &&
    contentOf(known) !== contentOf({ ...known, title: description, amountCents: amount.total, data: asked.data })
  )
    return fault(400, 'INVALID_REQUEST', '请求重入时,参数与首次请求时不一致');
  return ok(kind === 'native' ? { code_url: `weixin://wxpay/bizpayurl?pr=${payment.token}` } : { prepay_id: payment.token });
}

/** GET /v3/pay/transactions/out-trade-no/{number} */
export function queryOrder(parts: ProtocolParts, merchant: Merchant, number: string): SandboxAnswer {
  const payment = parts.books.payment(keyOf(number));
  if (payment === undefined) return fault(404, 'ORDER_NOT_EXIST', '订单不存在');
  return ok(transactionOf(payment, merchant, parts.books.refundedCents(payment.key)));
}

/** POST /v3/pay/transactions/out-trade-no/{number}/close */
export function closeOrder(parts: ProtocolParts, merchant: Merchant, number: string, body: unknown): SandboxAnswer {
  if ((body as { mchid?: unknown } | undefined)?.mchid !== merchant.mchId) return fault(400, 'PARAM_ERROR', '商户号错误');
  const key = keyOf(number);
  const known = parts.books.payment(key);
  if (known === undefined) return fault(404, 'ORDER_NOT_EXIST', '订单不存在');
  if (isClosed(known)) return fault(400, 'ORDER_CLOSED', '订单已关闭');
  if (parts.close(key).state === 'PAID') return fault(400, 'ORDERPAID', '订单已支付');
  parts.books.keep(key, { closed: true });
  return { status: 204, body: '' };
}

/** What timed out is not closed: the shop has to close it. */
const isClosed = ({ state, data }: SandboxPayment): boolean => state === 'CLOSED' && data['closed'] === true;

/** A payment as the query and the notification show it. */
export function transactionOf(payment: SandboxPayment, { mchId, appId }: Merchant, refundedCents: number): object {
  const { paymentId, orderId, amountCents, token, paidAt, data } = payment;
  const shared = { mchid: mchId, appid: appId, out_trade_no: paymentId, attach: orderId };
  if (paidAt === undefined) {
    const [state, words] = isClosed(payment) ? ['CLOSED', '订单已关闭'] : ['NOTPAY', '订单未支付'];
    return { ...shared, trade_state: state, trade_state_desc: words, amount: { total: amountCents, currency: 'CNY' }, payer: {} };
  }
  const [kind] = (data['order'] ?? []) as [string?];
  return {
    ...shared,
    transaction_id: `42000${digitsOf(token, 23)}`,
    trade_type: (kind ?? 'native').toUpperCase(),
    trade_state: refundedCents > 0 ? 'REFUND' : 'SUCCESS',
    trade_state_desc: refundedCents > 0 ? '订单发生过退款' : '支付成功',
    bank_type: 'OTHERS',
    success_time: beijingTime(paidAt),
    payer: { openid: openIdOf(payment) },
    amount: { total: amountCents, payer_total: amountCents, currency: 'CNY', payer_currency: 'CNY' },
  };
}

/** A payer who scanned a code has an id too. */
export const openIdOf = ({ payer, token }: SandboxPayment): string => payer ?? `o${token}`;
