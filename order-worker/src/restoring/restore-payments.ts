import { itemIdOf, type PaymentReceived, paymentReceived, type RefundOfEvent, STREAMS } from 'seckill-core';
import { recordEvents } from '../payments/record-events.ts';
import { settlePayments } from '../payments/settle-payments.ts';
import { readEvents } from '../servers/read-events.ts';
import { loadStatement } from '../servers/statement.ts';
import { readRefundEvents, restoreRefunds } from './restore-refunds.ts';
import type { RestoreSource } from './source.ts';

const paymentsStatement = loadStatement(import.meta.url, 'restore-payments');

/** Reports settled at once. */
const PORTION = 200;

/**
 * Settles every success that the provider has reported for the sale's orders, and the end of every refund, in the order of the stream, also of
 * payments and refunds that PostgreSQL has lost. What was settled before stays. A refund that was sent before is sent again under the same id. Yields
 * the payments that were settled or went back, each once. `after` as of restoreSale.
 */
export async function* restorePayments(source: RestoreSource, after: number): AsyncGenerator<string[]> {
  const known = await readRefundEvents(source, after);
  const items = new Set(source.sale.items.map(({ id }) => id));
  const seen = new Set<string>();
  const settleNew = async (reports: readonly PaymentReceived[]): Promise<string[]> => {
    const changed = (await settle(source, reports, known)).filter((id) => !seen.has(id));
    for (const id of changed) seen.add(id);
    return [...new Set(changed)];
  };
  let portion: PaymentReceived[] = [];
  const stream = STREAMS.payments.name;
  for await (const report of readEvents(source.nc, paymentReceived, { stream, subject: paymentReceived.subjects })) {
    if (report.type === 'payment.failed' || !items.has(itemIdOf(report.orderId))) continue;
    portion.push(report);
    if (portion.length < PORTION) continue;
    yield await settleNew(portion);
    portion = [];
  }
  yield await settleNew(portion);
}

async function settle(
  { prisma }: RestoreSource,
  reports: readonly PaymentReceived[],
  known: ReadonlyMap<string, RefundOfEvent>,
): Promise<string[]> {
  if (reports.length === 0) return [];
  await recordEvents(prisma, reports);
  // A refund comes after its payment.
  const payments = reports.filter(({ type }) => type === 'payment.succeeded');
  await prisma.$executeRawUnsafe(paymentsStatement, JSON.stringify(payments));
  const settled = await settlePayments(prisma, payments, { forgotten: true });
  const ended = await restoreRefunds(
    { prisma },
    reports.filter(({ type }) => type !== 'payment.succeeded'),
    known,
  );
  return [
    ...settled.flatMap(({ event, decision }) =>
      decision.kind === 'paid' || decision.kind === 'refund' ? [event.paymentId] : [],
    ),
    ...ended,
  ];
}
