import type { PaymentReceived } from 'seckill-core';
import { loadStatement } from '../servers/statement.ts';
import type { AuditContext } from './audit-context.ts';
import type { Drift } from './drift.ts';
import { readHandledUpTo, readReports } from './provider-reports.ts';
import { settleAgain } from './repairs/settle-again.ts';

const faultsStatement = loadStatement(import.meta.url, 'money-faults');

const MOST_FAULTS = 500;

interface MoneyFault {
  orderId: string;
  orderStatus: string;
  /** Undefined where no payment is at fault, but the order. */
  paymentId: string | null;
  fault: 'received' | 'kept' | 'kept-and-refunded' | 'nothing-refunded' | 'unpaid' | 'paid-twice';
  /** The order's. */
  amountCents: number;
  currency: string;
}

export async function explainMoney(context: AuditContext): Promise<Drift[]> {
  const faults = await context.prisma.$queryRawUnsafe<MoneyFault[]>(faultsStatement, context.sale.id, MOST_FAULTS);
  return Promise.all(faults.map((fault) => explain(context, fault)));
}

async function explain(context: AuditContext, { orderId, orderStatus, paymentId, fault, ...money }: MoneyFault): Promise<Drift> {
  switch (fault) {
    case 'received': {
      // SUCCEEDED is what a payment of the order's very amount becomes, so its report needs no looking up.
      const report = {
        ...money,
        eventId: `audit:${paymentId}`,
        type: 'payment.succeeded',
        paymentId: paymentId ?? '',
        orderId,
      } as const;
      return {
        says: `Payment ${paymentId} was received and order ${orderId} is ${orderStatus}: neither paid by it, nor was it given back.`,
        ...settling(context, report),
      };
    }
    case 'kept':
      return explainKept(context, orderId, paymentId ?? '');
    case 'kept-and-refunded':
      return {
        says: `Payment ${paymentId} of order ${orderId} has a refund, and does not say so.`,
        advice:
          'Ask the provider whether the money went back, and set the payment to REFUNDED, or delete the refund, accordingly.',
      };
    case 'nothing-refunded':
      return {
        says: `Order ${orderId} is REFUNDED, and no payment of it was given back.`,
        advice: 'Ask the provider what it received for this order. Nothing was kept if it received nothing.',
      };
    case 'unpaid':
      return {
        says: `Order ${orderId} is PAID, and no payment was received for it.`,
        advice: 'Ask the provider. Nothing here says whether the order was paid: only its buyer and the provider know.',
      };
    case 'paid-twice':
      return {
        says: `Order ${orderId} is PAID by more than one payment.`,
        advice: 'Give one of them back at the provider, and set it to REFUNDED with a row in refunds.',
      };
  }
}

/** The refund's row is gone: how much was received stands in the provider's report. */
async function explainKept(context: AuditContext, orderId: string, paymentId: string): Promise<Drift> {
  const says = `Payment ${paymentId} of order ${orderId} is REFUNDED, and there is no refund to send.`;
  const reports = await readReports(context, orderId, await readHandledUpTo(context));
  const report = reports.find((each) => each.paymentId === paymentId && each.type === 'payment.succeeded');
  if (report !== undefined) return { says, ...settling(context, report) };
  return {
    says,
    advice:
      'SECKILL_PAYMENTS no longer says how much was received. Ask the provider, and give it back there if that has not happened.',
  };
}

const settling = (context: AuditContext, report: PaymentReceived): Pick<Drift, 'repair'> => ({
  repair: {
    kind: 'payment',
    does: `settles payment ${report.paymentId} as if it came now: the order is paid by it, or the money goes back.`,
    mend: () => settleAgain(context, [report]),
  },
});
