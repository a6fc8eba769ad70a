import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SandboxPayment, SandboxRefund } from '../../books.ts';
import type { ProtocolParts, SandboxAnswer } from '../../protocol.ts';
import { beijingTime, fault, ok } from './answers.ts';
import { digitsOf } from './platform.ts';
import { keyOf, NAME } from './transactions.ts';

const refundBody = Compile(
  Type.Object({
    out_trade_no: Type.String(),
    out_refund_no: Type.String({ pattern: '^[0-9A-Za-z_|*@-]{1,64}$' }),
    reason: Type.Optional(Type.String({ minLength: 1 })),
    notify_url: Type.Optional(Type.String({ pattern: '^https?://[^?#]+$', maxLength: 256 })),
    amount: Type.Object({
      refund: Type.Integer({ minimum: 1 }),
      total: Type.Integer({ minimum: 1 }),
      currency: Type.Literal('CNY'),
    }),
  }),
);

/** POST /v3/refund/domestic/refunds */
export function createRefund(parts: ProtocolParts, body: unknown): SandboxAnswer {
  if (!refundBody.Check(body) || Buffer.byteLength(body.reason ?? '') > 80) return fault(400, 'PARAM_ERROR', '参数错误');
  const { out_trade_no, out_refund_no, notify_url, amount } = body;
  const payment = parts.books.payment(keyOf(out_trade_no));
  if (payment?.paidAt === undefined) return fault(404, 'RESOURCE_NOT_EXISTS', '订单不存在');
  const known = parts.books.refundOf(keyOf(out_refund_no));
  if (known !== undefined && (known.payment !== payment.key || known.amountCents !== amount.refund))
    return fault(400, 'INVALID_REQUEST', '请求参数与之前的不一致');
  if (amount.total !== payment.amountCents) return fault(400, 'INVALID_REQUEST', '订单金额不一致');
  if (known === undefined && parts.books.refundedCents(payment.key) + amount.refund > payment.amountCents)
    return fault(400, 'INVALID_REQUEST', '申请退款金额大于订单金额');
  const refund = parts.refund({
    protocol: NAME,
    refundId: out_refund_no,
    payment: payment.key,
    amountCents: amount.refund,
    currency: 'CNY',
    data: { notifyUrl: notify_url },
  });
  // The sandbox was asked to refuse refunds with this code, as WeChat Pay does if the balance is too low.
  if (refund.state === 'REFUSED' && refund.reason === 'NOT_ENOUGH') return fault(403, 'NOT_ENOUGH', '基本账户余额不足');
  return ok(refundView(refund, payment));
}

/** GET /v3/refund/domestic/refunds/{number} */
export function queryRefund(parts: ProtocolParts, number: string): SandboxAnswer {
  const refund = parts.books.refundOf(keyOf(number));
  const payment = refund === undefined ? undefined : parts.books.payment(refund.payment);
  if (refund === undefined || payment === undefined) return fault(404, 'RESOURCE_NOT_EXISTS', '退款单不存在');
  return ok(refundView(refund, payment));
}

/** A refused one is CLOSED, or ABNORMAL if the sandbox was asked for that. */
export const statusOf = ({ state, reason }: SandboxRefund): 'SUCCESS' | 'PROCESSING' | 'ABNORMAL' | 'CLOSED' => {
  if (state === 'DONE') return 'SUCCESS';
  if (state === 'PENDING') return 'PROCESSING';
  return reason === 'ABNORMAL' ? 'ABNORMAL' : 'CLOSED';
};

function refundView(refund: SandboxRefund, payment: SandboxPayment): object {
  return {
    ...refundContent(refund, payment),
    channel: 'ORIGINAL',
    create_time: beijingTime(refund.createdAt),
    status: statusOf(refund),
  };
}

/** What the answers and the notification have in common. */
export function refundContent(refund: SandboxRefund, payment: SandboxPayment): object {
  const { refundId, doneAt, amountCents } = refund;
  const total = payment.amountCents;
  return {
    refund_id: refundNumber(refund),
    out_refund_no: refundId,
    transaction_id: `42000${digitsOf(payment.token, 23)}`,
    out_trade_no: payment.paymentId,
    ...(doneAt === undefined ? {} : { success_time: beijingTime(doneAt) }),
    user_received_account: '支付用户零钱',
    amount: { total, refund: amountCents, payer_total: total, payer_refund: amountCents },
  };
}

/** WeChat Pay's own number of a refund. */
export const refundNumber = ({ key }: SandboxRefund): string => `50${digitsOf(key, 27)}`;
