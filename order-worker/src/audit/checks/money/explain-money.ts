import type { NatsConnection } from '@nats-io/transport-node';
import type { PaymentReceived } from 'seckill-core';
import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { readHandledUpTo, readReports, reportOfSuccess } from '../../evidence/provider-reports.ts';
import type { Drift } from '../drift.ts';
import { settleAgain } from '../settle-again.ts';

const faultsStatement = loadStatement(import.meta.url, 'money-faults');

const MOST_FAULTS = 500;

interface MoneyFault {
  orderId: string;
  orderStatus: string;
  /** Null if the order itself is at fault. */
  paymentId: string | null;
  fault: 'received' | 'kept' | keyof typeof FOR_A_PERSON;
  /** The order's. */
  amountCents: number;
  currency: string;
}

/** Faults that only the provider can clear up. */
const FOR_A_PERSON = {
  'kept-and-refunded': {
    says: ({ paymentId, orderId }: MoneyFault) =>
      `Payment ${paymentId} of order ${orderId} has a refund, but its status is not REFUNDED.`,
    advice: 'Ask the provider whether the money went back. If so, set the payment to REFUNDED; if not, delete the refund.',
  },
  'nothing-refunded': {
    says: ({ orderId }: MoneyFault) => `Order ${orderId} is REFUNDED, and none of its payments was refunded.`,
    advice: 'Ask the provider what it received for this order. If it received nothing, nothing is owed.',
  },
  overdrawn: {
    says: ({ paymentId, orderId }: MoneyFault) =>
      `The refunds of payment ${paymentId} of order ${orderId} are more than it brought.`,
    advice: 'Ask the provider what went back, and correct the rows in refunds.',
  },
  'paid-and-gone': {
    says: ({ paymentId, orderId }: MoneyFault) =>
      `Order ${orderId} is PAID, and all money of payment ${paymentId} has gone back.`,
    advice: 'Ask the provider what went back. If all did, the order should be REFUNDED.',
  },
  unpaid: {
    says: ({ orderId }: MoneyFault) => `Order ${orderId} is PAID, and no payment was received for it.`,
    advice: 'Ask the provider whether the order was paid: nothing in the platform says so.',
  },
  'paid-twice': {
    says: ({ orderId }: MoneyFault) => `Order ${orderId} is PAID by more than one payment.`,
    advice: 'Refund one of them at the provider, and set it to REFUNDED with a row in refunds.',
  },
} as const;

export async function explainMoney(context: AuditContext): Promise<Drift[]> {
  const { prisma, sale } = context;
  const faults = await prisma.$queryRawUnsafe<MoneyFault[]>(faultsStatement, sale.id, MOST_FAULTS);
  return Promise.all(faults.map((fault) => explain(context, fault)));
}

async function explain(context: AuditContext, found: MoneyFault): Promise<Drift> {
  const { orderId, orderStatus, fault, amountCents, currency } = found;
  const paymentId = found.paymentId ?? '';
  if (fault === 'received') {
    // A payment becomes SUCCEEDED only with the exact amount of its order, so its report need not be read.
    const says = `Payment ${paymentId} was received and order ${orderId} is ${orderStatus}: neither paid by it, nor was it refunded.`;
    const report = {
      eventId: `audit:${paymentId}`,
      type: 'payment.succeeded',
      paymentId,
      orderId,
      amountCents,
      currency,
    } as const;
    return settling(context, says, report);
  }
  if (fault === 'kept') return explainKept(context, orderId, paymentId);
  const { says, advice } = FOR_A_PERSON[fault];
  return { says: says(found), advice };
}

/** The refund's row is missing. The provider's report says how much was received. */
async function explainKept(context: AuditContext, orderId: string, paymentId: string): Promise<Drift> {
  const says = `Payment ${paymentId} of order ${orderId} is REFUNDED, and there is no refund to send.`;
  const report = await findReport(context.nc, orderId, paymentId);
  if (report !== undefined) return settling(context, says, report);
  return {
    says,
    advice:
      'SECKILL_PAYMENTS no longer says how much was received. Ask the provider, and refund it there if that has not happened.',
  };
}

const findReport = async (nc: NatsConnection, orderId: string, paymentId: string): Promise<PaymentReceived | undefined> =>
  reportOfSuccess(await readReports(nc, orderId, await readHandledUpTo(nc)), paymentId);

function settling(context: AuditContext, says: string, report: PaymentReceived): Drift {
  const does = `settles payment ${report.paymentId} as if it arrived now: it pays the order, or the money goes back.`;
  return { says, repair: settleAgain(context, [report], does) };
}
