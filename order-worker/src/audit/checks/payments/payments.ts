import type { NatsConnection } from '@nats-io/transport-node';
import type { PaymentReceived } from 'seckill-core';
import { loadStatement } from '../../../servers/statement.ts';
import { readHandledUpTo, readReports, reportOfSuccess } from '../../evidence/provider-reports.ts';
import type { Check, Finding } from '../check.ts';
import { driftOfEach } from '../drift.ts';
import { settleAgain } from '../settle-again.ts';

const openStatement = loadStatement(import.meta.url, 'open-payments');

/** Each costs one request to the stream. */
const MOST_OPEN = 5_000;
const AT_ONCE = 50;

interface OpenPayment {
  paymentId: string;
  orderId: string;
}

type Found = Finding & { unsettled: PaymentReceived[] };

/** The stream of the provider's reports against what PostgreSQL made of them. */
export const payments: Check<Found> = {
  key: 'payments',
  name: 'Every payment that the provider reported is settled',
  form: 'full',
  inspect: async ({ nc, prisma, sale }) => {
    const open = await prisma.$queryRawUnsafe<OpenPayment[]>(openStatement, sale.id, MOST_OPEN);
    const unsettled = await findUnsettled(nc, open);
    const detail = `${open.length} open, ${unsettled.length} of them reported as paid`;
    return { holds: unsettled.length === 0, detail, unsettled };
  },
  explain: (context, { unsettled }) =>
    driftOfEach(unsettled, {
      id: ({ paymentId }) => paymentId,
      says: ({ paymentId, orderId, eventId }) =>
        `The provider's event ${eventId} says that payment ${paymentId} of order ${orderId} was paid, and PostgreSQL has it open.`,
      more: 'More payments that were reported as paid and are open',
      repair: (ids) =>
        settleAgain(
          context,
          unsettled.filter(({ paymentId }) => ids.includes(paymentId)),
          'handles the event again: it pays the order, or the money goes back.',
        ),
    }),
};

async function findUnsettled(nc: NatsConnection, open: readonly OpenPayment[]): Promise<PaymentReceived[]> {
  if (open.length === 0) return [];
  const handledUpTo = await readHandledUpTo(nc);
  const unsettled: PaymentReceived[] = [];
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const portion = open.slice(from, from + AT_ONCE);
    const reports = await Promise.all(
      portion.map(async ({ orderId, paymentId }) => reportOfSuccess(await readReports(nc, orderId, handledUpTo), paymentId)),
    );
    unsettled.push(...reports.filter((report) => report !== undefined));
  }
  return unsettled;
}
