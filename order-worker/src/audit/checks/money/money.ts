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
  done: number;
  /** Of these, refunds that an operator has settled outside their provider. */
  outside: number;
  open: number;
  refused: number;
  paidWrong: number;
  kept: number;
  keptAndRefunded: number;
  refundedWrong: number;
  overdrawn: number;
  paidAndGone: number;
}

/**
 * Payments, refunds and orders in one snapshot, so it is exact at any time. A refund that is under way, or that the provider has refused, is no fault: it
 * is named, and an operator sees it.
 */
export const money: Check = {
  key: 'money',
  name: 'Every payment received belongs to a paid order or to a refund',
  inspect: inspectMoney,
  explain: explainMoney,
};

async function inspectMoney({ prisma, sale }: AuditContext): Promise<Finding> {
  const [row] = await prisma.$queryRawUnsafe<[Money]>(moneyStatement, sale.id);
  const { received, paid, free, done, outside, open, refused } = row;
  const { paidWrong, kept, keptAndRefunded, refundedWrong, overdrawn, paidAndGone } = row;
  const faults = [
    [paidWrong, 'orders are not PAID by exactly one payment'],
    [kept, 'refunded payments have no refund'],
    [keptAndRefunded, 'payments were both kept and refunded'],
    [refundedWrong, 'REFUNDED orders have no refund'],
    [overdrawn, 'payments have refunds of more than they brought'],
    [paidAndGone, 'orders are PAID, and all their money has gone back'],
  ] as const;
  const found = faults.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  const books = [
    `${received} received: ${paid - free} orders paid, ${done} refunded`,
    ...(outside === 0 ? [] : [`${outside} of them outside the provider`]),
    ...(open === 0 ? [] : [`${open} refunds under way`]),
    ...(refused === 0 ? [] : [`${refused} refunds refused by the provider`]),
    ...(free === 0 ? [] : [`${free} free orders`]),
  ];
  return { holds: found.length === 0, detail: [...books, ...found].join('; ') };
}
