import type { CheckoutRequest, PaymentProvider, StatementLine } from '../../../payments/provider.ts';
import { readPayments } from '../../../payments/stored-payments.ts';
import { atOnce } from '../../../servers/at-once.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { type BookedPayment, type BookedRefund, bookedPayments } from './booked-payments.ts';
import { compareLines, type Difference, RECENT_MS } from './compare-lines.ts';
import { daysOf } from './days.ts';
import { MOST_DIFFERENCES, type Statements, said } from './read-statements.ts';

/** Questions of one audit to a provider, the newest payments first. */
const MOST_QUESTIONS = 2_000;
const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 8_000;
const PORTION = 200;

/** What no statement names. */
interface Unnamed {
  payments: BookedPayment[];
  refunds: (BookedPayment & { refund: BookedRefund })[];
  /** How many there are, with those that there is no room for. */
  count: number;
  /** The statements of their days are complete, so the provider does not have them. */
  lacking: Difference[];
}

export interface Asked {
  differences: Difference[];
  questions: number;
  /** How many had to be asked for. */
  due: number;
}

/** Asks the provider for each payment and each refund that no statement names yet: those of the last days, usually. */
export async function askForRest(context: AuditContext, provider: PaymentProvider, statements: Statements): Promise<Asked> {
  const { payments, refunds, count, lacking } = await findUnnamed(context, provider.name, statements);
  const differences = [...lacking];
  const lines: StatementLine[] = [];
  await askForEach(context, payments, async (payment, request) => {
    const standing = await said(provider.getPayment(request, performance.now() + ANSWER_WITHIN_MS));
    if (standing.state === 'paid') {
      const { amountCents, currency, paidAt } = standing.facts;
      lines.push({ kind: 'payment', paymentId: request.paymentId, amountCents, currency, at: paidAt });
    } else if (payment.isReceived) differences.push(onlyHere(payment));
  });
  await askForEach(context, refunds, async ({ refund, ...payment }, checkout) => {
    const { refundId, amountCents, currency } = refund;
    const request = { refundId, payment: checkout, paidCents: payment.amountCents, amountCents, currency, reason: '' };
    const { state } = await said(provider.getRefund(request, performance.now() + ANSWER_WITHIN_MS));
    if (state !== 'done') differences.push(onlyHere(payment, refund));
  });
  differences.push(...(await compareLines(context, provider.name, lines)));
  return { differences: differences.slice(0, MOST_DIFFERENCES), questions: payments.length + refunds.length, due: count };
}

/** Calls `ask` for each with what its payment asked the provider for. Reads that for many at a time. */
async function askForEach<Each extends { paymentId: string }>(
  { prisma }: Pick<AuditContext, 'prisma'>,
  all: readonly Each[],
  ask: (each: Each, request: CheckoutRequest) => Promise<void>,
): Promise<void> {
  for (let from = 0; from < all.length; from += PORTION) {
    const portion = all.slice(from, from + PORTION);
    const stored = await readPayments(prisma, [...new Set(portion.map(({ paymentId }) => paymentId))]);
    const requestOf = new Map(stored.map(({ request }) => [request.paymentId, request]));
    await atOnce(AT_ONCE, portion, async (each) => {
      const request = requestOf.get(each.paymentId);
      if (request !== undefined) await ask(each, request);
    });
  }
}

async function findUnnamed(context: AuditContext, provider: string, statements: Statements): Promise<Unnamed> {
  const { prisma, sale, clock } = context;
  const found: Unnamed = { payments: [], refunds: [], count: 0, lacking: [] };
  const now = clock.now();
  const isCovered = (from: number, to: number) => daysOf(from, to).every((day) => statements.complete.has(day));
  const keep = <Each>(list: Each[], each: Each) => {
    found.count += 1;
    if (found.payments.length + found.refunds.length < MOST_QUESTIONS) list.push(each);
  };
  const look = (payment: BookedPayment) => {
    const { paymentId, isReceived, from, to, refunds } = payment;
    if (!statements.namesPayment(paymentId)) {
      if (!isCovered(from, to)) keep(found.payments, payment);
      else if (isReceived && found.lacking.length < MOST_DIFFERENCES) found.lacking.push(onlyHere(payment));
    }
    for (const refund of refunds) {
      if (refund.state !== 'DONE' || refund.settledOutside || statements.namesRefund({ paymentId, ...refund })) continue;
      if (!isCovered(refund.doneAt, refund.doneAt)) keep(found.refunds, { ...payment, refund });
      else if (found.lacking.length < MOST_DIFFERENCES) found.lacking.push(onlyHere(payment, refund));
    }
  };
  await prisma.$transaction(
    async (tx) => {
      for await (const portion of bookedPayments(tx, { saleId: sale.id, provider })) {
        for (const payment of portion) if (payment.from < now - RECENT_MS) look(payment);
      }
    },
    { maxWait: 10_000, timeout: 300_000 },
  );
  return found;
}

function onlyHere(payment: BookedPayment, refund?: BookedRefund): Difference {
  const { orderId, paymentId, status, amountCents, currency } = payment;
  const about = { fault: 'here' as const, orderId, paymentId };
  return refund === undefined
    ? { ...about, kind: 'payment', booked: { state: status, amountCents, currency } }
    : { ...about, kind: 'refund', refundId: refund.refundId, booked: refund };
}
