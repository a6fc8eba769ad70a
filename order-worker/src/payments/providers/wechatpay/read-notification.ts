import { isReservationId, parseJson, reasonOf } from 'seckill-core';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Notification, NotificationAnswer, ProviderEvent } from '../../provider.ts';
import { refundOf, uuidOf } from './numbers.ts';
import { refundStandingOf } from './refunds.ts';
import { isRecent, isSignedBy, signatureIn } from './signing.ts';
import { CURRENCY, standingOf, transaction } from './transactions.ts';
import { Sealed, unseal } from './unseal.ts';
import { fitting, type WeChatClient } from './wechat-client.ts';

/** WeChat Pay waits 5 s for the answer. */
const TIMEOUT_MS = 3_000;

/** What WeChat Pay sends now and then to see whether a shop verifies signatures begins with this. */
const PROBE = 'WECHATPAY/SIGNTEST/';

const envelope = Compile(
  Type.Object({
    id: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,100}$' }),
    event_type: Type.String(),
    resource: Sealed,
  }),
);
const refundContent = Compile(
  Type.Object({
    mchid: Type.String(),
    out_trade_no: Type.String(),
    out_refund_no: Type.String(),
    refund_status: Type.String(),
    amount: Type.Object({ refund: Type.Integer({ minimum: 0 }), currency: Type.Optional(Type.String()) }),
  }),
);

const accepted: NotificationAnswer = { status: 200, contentType: 'application/json', body: '' };

const invalid = (reason: string, status = 401): Notification => ({
  kind: 'invalid',
  reason,
  answer: { status, contentType: 'application/json', body: JSON.stringify({ code: 'FAIL', message: reason }) },
});

/** Verifies and reads a notification. https://pay.weixin.qq.com/doc/v3/merchant/4012791882 */
export async function readNotification(
  client: WeChatClient,
  apiV3Key: Buffer,
  rawBody: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Notification> {
  const fault = await faultOfSignature(client, rawBody, headers);
  if (fault !== undefined) return fault;
  const given = parseJson(rawBody);
  if (!envelope.Check(given)) return invalid('The notification has another form.', 400);
  const text = unseal(apiV3Key, given.resource);
  if (text === undefined) return invalid('WECHATPAY_API_V3_KEY does not open the notification.');
  const content = parseJson(text);
  const { mchId, appId } = client.merchant;
  const { mchid, appid = appId } = (content ?? {}) as { mchid?: unknown; appid?: unknown };
  if (mchid !== mchId || appid !== appId) return invalid('The notification is for another merchant or app.');
  try {
    const event = eventOf(given.event_type, given.id, content);
    return { kind: 'events', events: event === undefined ? [] : [event], answer: accepted };
  } catch (error) {
    // WeChat Pay sends it again for a day, and the fault is seen.
    return invalid(reasonOf(error), 500);
  }
}

async function faultOfSignature(
  { keys }: WeChatClient,
  rawBody: Buffer,
  headers: Readonly<Record<string, string>>,
): Promise<Notification | undefined> {
  const signature = signatureIn(headers);
  if (signature === undefined) return invalid('The notification has no signature.');
  if (!isRecent(signature)) return invalid("The notification's time is more than 5 minutes off.");
  if (signature.signature.startsWith(PROBE)) return invalid('The signature is a test by WeChat Pay, which has to be refused.');
  try {
    const key = await keys.find(signature.serial, performance.now() + TIMEOUT_MS);
    if (key === undefined) return invalid('The notification is signed with an unknown key.');
    return isSignedBy(key, signature, rawBody) ? undefined : invalid('The signature of the notification is wrong.');
  } catch {
    return invalid('The certificates of WeChat Pay are not known yet.', 500);
  }
}

/**
 * Undefined for what this platform has no use for, and for payments of the merchant's other systems. Throws for content of another form: money must
 * not be lost in silence.
 */
function eventOf(type: string, eventId: string, content: unknown): ProviderEvent | undefined {
  if (type === 'TRANSACTION.SUCCESS') {
    const payment = fitting(transaction, content, 'a notification');
    const paymentId = uuidOf(payment.out_trade_no);
    const { attach: orderId = '' } = payment;
    if (paymentId === undefined || !isReservationId(orderId)) return undefined;
    const standing = standingOf(payment);
    return standing.state === 'paid' ? { kind: 'paid', eventId, paymentId, orderId, facts: standing.facts } : undefined;
  }
  if (type.startsWith('REFUND.')) {
    const refund = fitting(refundContent, content, 'a notification');
    const paymentId = uuidOf(refund.out_trade_no);
    const ids = refundOf(refund.out_refund_no);
    const standing = refundStandingOf(refund.refund_status);
    if (paymentId === undefined || ids === undefined || standing.state === 'pending') return undefined;
    const { refund: amountCents, currency = CURRENCY } = refund.amount;
    return { kind: 'refund', eventId, paymentId, ...ids, amountCents, currency, standing };
  }
  return undefined;
}
