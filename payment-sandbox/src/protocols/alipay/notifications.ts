import { createHash } from 'node:crypto';
import type { SandboxEvent } from '../../protocol.ts';
import type { Fields } from './signing.ts';
import { chinaTime, yuan } from './terms.ts';
import { buyerOf, numbersOf } from './trades.ts';

/** Returns the fields of a notification. Undefined for an event that Alipay does not notify of. `refundedCents` is the sum of all refunds. */
export function notificationFields(event: SandboxEvent, appId: string, refundedCents: number): Fields | undefined {
  const { kind, payment } = event;
  const isRefund = kind === 'refund';
  if (kind === 'declined' || (isRefund && event.refund.state !== 'DONE')) return undefined;
  const isClosed = kind === 'closed' || (isRefund && refundedCents === payment.amountCents);
  const refund = isRefund
    ? {
        out_biz_no: event.refund.refundId,
        refund_fee: yuan(refundedCents),
        gmt_refund: `${chinaTime(event.refund.doneAt ?? Date.now())}.${String((event.refund.doneAt ?? 0) % 1_000).padStart(3, '0')}`,
      }
    : {};
  return {
    notify_time: chinaTime(Date.now()),
    notify_type: 'trade_status_sync',
    notify_id: createHash('sha256').update(event.id).digest('hex').slice(0, 34),
    charset: 'utf-8',
    version: '1.0',
    app_id: appId,
    auth_app_id: appId,
    ...numbersOf(payment),
    trade_status: isClosed ? 'TRADE_CLOSED' : 'TRADE_SUCCESS',
    total_amount: yuan(payment.amountCents),
    subject: payment.title,
    passback_params: payment.orderId,
    buyer_id: buyerOf(payment),
    gmt_create: chinaTime(payment.createdAt),
    ...(payment.paidAt === undefined ? {} : { gmt_payment: chinaTime(payment.paidAt) }),
    ...(isClosed ? { gmt_close: chinaTime(payment.closedAt ?? Date.now()) } : {}),
    ...refund,
  };
}
