import type { PaymentReceived } from 'seckill-core';
import { loadStatement } from '../servers/statement.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check } from './check.ts';
import { type Drift, driftOfEach } from './drift.ts';
import { readHandledUpTo, readReports } from './provider-reports.ts';
import { settleAgain } from './repairs/settle-again.ts';

const openStatement = loadStatement(import.meta.url, 'reported-payments');

/** Looked up in the stream one by one. */
const MOST_OPEN = 5_000;
const AT_ONCE = 50;

interface OpenPayment {
  paymentId: string;
  orderId: string;
  status: 'CREATED' | 'FAILED';
}

/** The stream of the provider's reports against what PostgreSQL made of them. */
export function checkOfPayments(context: AuditContext): Check {
  let unsettled: PaymentReceived[] = [];
  return {
    key: 'payments',
    name: 'Every payment that the provider has reported is settled',
    look: async () => {
      const open = await context.prisma.$queryRawUnsafe<OpenPayment[]>(openStatement, context.sale.id, MOST_OPEN);
      unsettled = await findUnsettled(context, open);
      return { holds: unsettled.length === 0, detail: `${open.length} open, ${unsettled.length} of them reported as paid` };
    },
    explain: () => explain(context, unsettled),
  };
}

async function findUnsettled(context: AuditContext, open: readonly OpenPayment[]): Promise<PaymentReceived[]> {
  if (open.length === 0) return [];
  const handledUpTo = await readHandledUpTo(context);
  const unsettled: PaymentReceived[] = [];
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const portion = open.slice(from, from + AT_ONCE);
    const reports = await Promise.all(portion.map(({ orderId }) => readReports(context, orderId, handledUpTo)));
    for (const [i, { paymentId }] of portion.entries()) {
      const paid = reports[i]?.find((report) => report.paymentId === paymentId && report.type === 'payment.succeeded');
      if (paid !== undefined) unsettled.push(paid);
    }
  }
  return unsettled;
}

function explain(context: AuditContext, unsettled: readonly PaymentReceived[]): Drift[] {
  const one = ({ paymentId, orderId, eventId }: PaymentReceived) =>
    `The provider's event ${eventId} says that payment ${paymentId} of order ${orderId} was paid, and PostgreSQL has it open.`;
  const idOf = ({ paymentId }: PaymentReceived) => paymentId;
  return driftOfEach(unsettled, idOf, { one, more: 'More payments that were reported as paid and are open' }, (ids) => ({
    repair: {
      kind: 'payment',
      does: 'handles the event again: the order is paid by it, or the money goes back.',
      mend: () =>
        settleAgain(
          context,
          unsettled.filter(({ paymentId }) => ids.includes(paymentId)),
        ),
    },
  }));
}
