import type { PrismaClient } from 'seckill-prisma';
import { arrayLiteral, joinTexts } from '../../servers/array-literal.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { Attempt } from './acting-listener.ts';

const settleStatement = loadStatement(import.meta.url, 'settle-tasks');

/** What became of an attempt. */
export interface Settled {
  id: string;
  state: 'WAITING' | 'DONE' | 'DEAD';
  /** Until the next try, ms. */
  pauseMs: number;
  attempt: Attempt;
}

/** Writes the outcomes. Returns one value for each, for {@link gather}. */
export async function settleTasks(prisma: PrismaClient, outcomes: readonly Settled[]): Promise<true[]> {
  await prisma.$executeRawUnsafe(
    settleStatement,
    arrayLiteral(outcomes.map(({ id }) => id)),
    arrayLiteral(outcomes.map(({ state }) => state)),
    arrayLiteral(outcomes.map(({ pauseMs }) => pauseMs / 1_000)),
    joinTexts(outcomes.map(({ attempt }) => JSON.stringify(attempt))),
  );
  return outcomes.map(() => true);
}
