import { itemIdOf, type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { recordEvents } from '../payments/record-events.ts';
import { settlePayments } from '../payments/settle-payments.ts';
import { readEvents } from '../servers/read-events.ts';
import { loadStatement } from '../servers/statement.ts';
import type { RestoreSource } from './source.ts';

const paymentsStatement = loadStatement(import.meta.url, 'restore-payments');

/** Reports settled at once. */
const PORTION = 200;

/**
 * Settles every success that the provider has reported for the sale's orders, in the order of the stream, also of payments that PostgreSQL has lost.
 * What was settled before stays. A refund that was sent before is sent again under the same payment id. Resolves to the payments that were settled.
 */
export async function restorePayments(source: RestoreSource): Promise<string[]> {
  const items = new Set(source.sale.items.map(({ id }) => id));
  const settled: string[] = [];
  let portion: PaymentReceived[] = [];
  const stream = STREAMS.payments.name;
  for await (const report of readEvents(source.nc, paymentReceived, { stream, subject: paymentReceived.subjects })) {
    if (report.type !== 'payment.succeeded' || !items.has(itemIdOf(report.orderId))) continue;
    portion.push(report);
    if (portion.length < PORTION) continue;
    settled.push(...(await settle(source, portion)));
    portion = [];
  }
  return [...settled, ...(await settle(source, portion))];
}

async function settle({ prisma }: RestoreSource, reports: readonly PaymentReceived[]): Promise<string[]> {
  if (reports.length === 0) return [];
  await recordEvents(prisma, reports);
  await prisma.$executeRawUnsafe(paymentsStatement, JSON.stringify(reports));
  const settled = await settlePayments(prisma, reports, { forgotten: true });
  return settled.flatMap(({ event, decision }) =>
    decision.kind === 'paid' || decision.kind === 'refund' ? [event.paymentId] : [],
  );
}
