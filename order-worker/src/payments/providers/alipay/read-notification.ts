import { isUuid } from 'seckill-core';
import type { Notification, NotificationAnswer, ProviderEvent } from '../../provider.ts';
import type { AlipayGateway } from './alipay-gateway.ts';
import { fenOf, idOf, msOf, refundOf } from './alipay-terms.ts';

/** Alipay repeats a notification for a day until the answer is this text. */
const SUCCESS: NotificationAnswer = { status: 200, contentType: 'text/plain', body: 'success' };
const FAILURE: NotificationAnswer = { status: 401, contentType: 'text/plain', body: 'failure' };

type Fields = Readonly<Record<string, string>>;

/** Verifies and reads a notification, which is a form that Alipay signed. */
export function readNotification(body: string, gateway: Pick<AlipayGateway, 'isSigned'>, appId: string): Notification {
  const fields: Fields = Object.fromEntries(new URLSearchParams(body));
  if (!gateway.isSigned(fields)) return { kind: 'invalid', reason: 'The signature is not by Alipay.', answer: FAILURE };
  if (fields['app_id'] !== appId) return { kind: 'invalid', reason: 'The notification is for another app.', answer: FAILURE };
  const event = fields['notify_type'] === 'trade_status_sync' ? eventOf(fields) : undefined;
  return { kind: 'events', events: event === undefined ? [] : [event], answer: SUCCESS };
}

/** Undefined for what changes nothing here: an unpaid payment that is closed, and payments and refunds that were not begun by this platform. */
function eventOf(fields: Fields): ProviderEvent | undefined {
  const {
    out_trade_no,
    out_biz_no,
    passback_params: orderId = '',
    trade_no,
    trade_status = '',
    total_amount,
    gmt_payment,
  } = fields;
  const paymentId = idOf(out_trade_no);
  if (paymentId === undefined || !isUuid(orderId)) return undefined;
  const payment = { paymentId, orderId };
  // A notification of a refund repeats that the payment is paid. That of a full refund says TRADE_CLOSED.
  if (out_biz_no !== undefined && fields['gmt_refund'] !== undefined) {
    const refund = refundOf(out_biz_no);
    if (refund === undefined) return undefined;
    return {
      kind: 'refund',
      eventId: `refund:${refund.refundId}`,
      ...payment,
      ...refund,
      currency: 'CNY',
      standing: { state: 'done' },
    };
  }
  const amountCents = fenOf(total_amount);
  const paidAt = msOf(gmt_payment);
  if (!['TRADE_SUCCESS', 'TRADE_FINISHED'].includes(trade_status) || amountCents === undefined || paidAt === undefined)
    return undefined;
  const payer = fields['buyer_open_id'] ?? fields['buyer_id'];
  return { kind: 'paid', eventId: `paid:${trade_no}`, ...payment, facts: { amountCents, currency: 'CNY', paidAt, payer } };
}
