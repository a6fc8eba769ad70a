import { loadStatement } from '../servers/statement.ts';
import type { AuditContext } from './audit-context.ts';
import type { ItemBooks } from './check-books.ts';
import { type Drift, driftOfEach } from './drift.ts';

const faultsStatement = loadStatement(import.meta.url, 'faulty-orders');

const MOST_FAULTS = 1_000;

interface Faulty {
  fault: 'early' | 'amount' | 'limit';
  itemId: string;
  /** An order; for the limit a user. */
  who: string;
  held: string;
  allowed: string;
}

const WORDS = {
  early: {
    one: ({ who, held, allowed }: Faulty) => `Order ${who} was cancelled as unpaid at ${held}, before its payBy, ${allowed}.`,
    more: 'More orders that were cancelled before their payBy',
    advice: 'A cancel cannot be undone: its units may be sold again. Tell the buyer. Was the clock of PostgreSQL set back?',
  },
  amount: {
    one: ({ who, held, allowed }: Faulty) =>
      `Order ${who} costs ${held}, and its quantity times the price of its item is ${allowed}.`,
    more: 'More orders of another amount',
    advice: 'Somebody changed the order, or the price after it was made. The buyer was shown the amount of the order.',
  },
  limit: {
    one: ({ who, itemId, held, allowed }: Faulty) =>
      `User ${who} holds ${held} units of item ${itemId}, and the limit is ${allowed}.`,
    more: 'More users beyond the limit',
    advice:
      'Was the limit lowered afterwards? Which of the orders is to go is a decision: cancel an unpaid one, or leave it at that.',
  },
} as const;

/** Faults that are in PostgreSQL itself, and that nothing else here knows better. */
export async function explainFaulty({ prisma, sale }: AuditContext, fault: Faulty['fault']): Promise<Drift[]> {
  const all = await prisma.$queryRawUnsafe<Faulty[]>(faultsStatement, sale.id, MOST_FAULTS);
  const { one, more, advice } = WORDS[fault];
  const found = all.filter((each) => each.fault === fault);
  return driftOfEach(
    found,
    ({ who }) => who,
    { one, more },
    () => ({ advice }),
  );
}

export function explainOversold(books: readonly ItemBooks[]): Drift[] {
  const oversold = books.filter((item) => item.liveUnits > item.stock);
  return oversold.map(({ itemId, title, liveUnits, stock }) => ({
    says: `Item ${itemId} (${title}) has ${liveUnits} units in live orders, and its stock is ${stock}.`,
    advice:
      'Who is to go without is a decision: add stock if there are more units, or cancel live orders and give their money back until they fit.',
  }));
}
