import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { ProviderUnavailable, type RefundRequest, type RefundStanding } from '../../provider.ts';
import { numberOf, refundNumberOf } from './numbers.ts';
import { plainText } from './plain-text.ts';
import { CURRENCY } from './transactions.ts';
import { fitting, type WeChatClient } from './wechat-client.ts';

/** Bytes of the reason that the buyer reads. */
const REASON_BYTES = 80;

const Refund = Type.Object({ out_refund_no: Type.String(), status: Type.String() });
const refundAnswer = Compile(Refund);

const REFUSED: Readonly<Record<string, string>> = {
  ABNORMAL:
    "The money can't go back the way that it came; finish this refund by hand in the WeChat Pay merchant platform (ABNORMAL).",
  CLOSED: 'WeChat Pay closed the refund without a payment (CLOSED).',
  NOTENOUGH: "The merchant's balance at WeChat Pay is too low for this refund (NOT_ENOUGH).",
  USERACCOUNTABNORMAL: "The buyer's WeChat account is closed or locked (USER_ACCOUNT_ABNORMAL).",
  INVALIDREQUEST:
    'WeChat Pay does not allow this refund: the payment is older than a year, or refunded already (INVALID_REQUEST).',
};

/** @param code A refund's status or an error code of WeChat Pay, without underscores. */
const refusedFor = (code: string): RefundStanding => ({
  state: 'refused',
  reason: REFUSED[code] ?? `WeChat Pay refused the refund (${code === '' ? 'without a code' : code}).`,
});

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791883 */
export function refundStandingOf(status: string): RefundStanding {
  if (status === 'SUCCESS') return { state: 'done' };
  if (status === 'PROCESSING') return { state: 'pending' };
  if (status === 'ABNORMAL' || status === 'CLOSED') return refusedFor(status);
  throw new ProviderUnavailable('WeChat Pay answered with an unknown state of the refund.');
}

/** Sends the refund. Undefined if WeChat Pay does not know the payment. */
export async function sendRefund(
  client: WeChatClient,
  request: RefundRequest,
  notifyUrl: string,
  giveUpAt: number,
): Promise<RefundStanding | undefined> {
  const { refundId, payment, paidCents, amountCents, currency } = request;
  if (currency !== CURRENCY) return { state: 'refused', reason: `WeChat Pay refunds ${CURRENCY} only.` };
  const number = refundNumberOf(refundId, payment.orderId);
  const reason = plainText(request.reason, REASON_BYTES);
  const body = {
    out_trade_no: numberOf(payment.paymentId),
    out_refund_no: number,
    ...(reason === '' ? {} : { reason }),
    notify_url: notifyUrl,
    amount: { refund: amountCents, total: paidCents, currency },
  };
  const answer = await client.call({ method: 'POST', path: '/v3/refund/domestic/refunds', body }, giveUpAt);
  if (answer.ok) return standingIn(answer.body, number);
  return answer.status === 404 ? undefined : refusedFor(answer.code);
}

/** https://pay.weixin.qq.com/doc/v3/merchant/4012791884 */
export async function findRefund(
  client: WeChatClient,
  { refundId, payment }: RefundRequest,
  giveUpAt: number,
): Promise<RefundStanding | { state: 'unknown' }> {
  const number = refundNumberOf(refundId, payment.orderId);
  const answer = await client.call({ method: 'GET', path: `/v3/refund/domestic/refunds/${number}` }, giveUpAt);
  if (answer.ok) return standingIn(answer.body, number);
  if (answer.status === 404) return { state: 'unknown' };
  throw new ProviderUnavailable(`WeChat Pay did not look for the refund (${answer.code}).`);
}

/** A signature covers the answer and not the question, so the number in the answer is compared. */
function standingIn(body: unknown, number: string): RefundStanding {
  const refund: Static<typeof Refund> = fitting(refundAnswer, body, 'a refund');
  if (refund.out_refund_no !== number) throw new ProviderUnavailable('WeChat Pay answered with another refund.');
  return refundStandingOf(refund.status);
}
