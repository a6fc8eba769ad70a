import type { PaymentReceived } from 'seckill-core';
import { settleAndAnnounce } from '../../payments/consume-payments.ts';
import type { AuditContext } from '../audit-context.ts';

/** Handles the provider's reports as if they came now, also those of payments that were received and then forgotten. Answers the payments that moved. */
export async function settleAgain(context: AuditContext, reports: readonly PaymentReceived[]): Promise<string[]> {
  const settled = await settleAndAnnounce(context, reports, { forgotten: true });
  return settled
    .filter(({ decision }) => decision.kind === 'paid' || decision.kind === 'refund' || decision.kind === 'failed')
    .map(({ event }) => event.paymentId);
}
