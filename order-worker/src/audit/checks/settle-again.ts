import type { PaymentReceived } from 'seckill-core';
import { settleAndAnnounce } from '../../payments/consume-payments.ts';
import type { AuditContext } from '../evidence/audit-context.ts';
import type { Repair } from './drift.ts';

/** The repair that handles the provider's reports as if they arrived now, also for payments that were received and then forgotten. */
export const settleAgain = (context: AuditContext, reports: readonly PaymentReceived[], does: string): Repair => ({
  kind: 'payment',
  writes: 'postgres',
  does,
  apply: async () => {
    const settled = await settleAndAnnounce(context, reports, { forgotten: true, redelivered: true });
    return settled
      .filter(({ decision }) => decision.kind === 'paid' || decision.kind === 'refund' || decision.kind === 'failed')
      .map(({ event }) => event.paymentId);
  },
});
