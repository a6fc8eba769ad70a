import { loadStatement } from '../../../servers/statement.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { explainMoney } from './explain-money.ts';

const moneyStatement = loadStatement(import.meta.url, 'money');

interface Money {
  received: number;
  paid: number;
  /** Of these, orders of amount 0 that were paid without a payment. */
  free: number;
  refunds: number;
  paidWrong: number;
  kept: number;
  keptAndRefunded: number;
  refundedWrong: number;
}

/** Payments, refunds and orders in one snapshot, so it is exact at any time. */
export const money: Check = {
  key: 'money',
  name: 'Every payment received belongs to a paid order or was refunded',
  inspect: inspectMoney,
  explain: explainMoney,
};

async function inspectMoney({ prisma, sale }: AuditContext): Promise<Finding> {
  const [row] = await prisma.$queryRawUnsafe<[Money]>(moneyStatement, sale.id);
  const { received, paid, free, refunds, paidWrong, kept, keptAndRefunded, refundedWrong } = row;
  const faults = [
    [paidWrong, 'orders are not PAID by exactly one payment'],
    [kept, 'refunded payments have no refund'],
    [keptAndRefunded, 'payments were both kept and refunded'],
    [refundedWrong, 'REFUNDED orders have no refund'],
  ] as const;
  const found = faults.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  const books = `${received} received: ${paid - free} orders paid, ${refunds} refunded${free === 0 ? '' : `; ${free} free orders`}`;
  return { holds: found.length === 0, detail: [books, ...found].join('; ') };
}
