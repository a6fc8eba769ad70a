import { type PaymentProvider, type StatementLine, StatementNotReady } from '../../../payments/provider.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { Fingerprints } from '../../evidence/fingerprints.ts';
import { compareLines, type Difference } from './compare-lines.ts';
import { isOver } from './days.ts';

const PORTION = 500;
/** Of one provider. More than a person reads. */
export const MOST_DIFFERENCES = 1_000;

/** The provider did not answer, or not with what can be read. */
export class NotSaid extends Error {
  override readonly name = 'NotSaid';
}

/** Tells the provider's failures from those of the platform's servers. */
export async function said<Answer>(asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StatementNotReady) throw error;
    throw new NotSaid((error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

export class Statements {
  /** What the statements name. */
  readonly #named = new Fingerprints(1_000);
  /** Days of which everything is known. */
  readonly complete = new Set<string>();
  read = 0;
  readonly differences: Difference[] = [];

  add(lines: readonly StatementLine[]): void {
    for (const { kind, paymentId, refundId, amountCents } of lines) {
      this.#named.set(kind === 'payment' ? paymentId : (refundId ?? `${paymentId} ${amountCents}`), 1);
    }
  }

  namesPayment(paymentId: string): boolean {
    return this.#named.get(paymentId) !== undefined;
  }

  namesRefund({ paymentId, refundId, amountCents }: { paymentId: string; refundId: string; amountCents: number }): boolean {
    return [refundId, `${paymentId} ${amountCents}`].some((name) => this.#named.get(name) !== undefined);
  }
}

/** Reads a provider's statements of these days, and compares their lines. What is not ready is left out. */
export async function readStatements(
  context: AuditContext,
  provider: PaymentProvider,
  days: readonly string[],
): Promise<Statements> {
  const statements = new Statements();
  for (const day of days) {
    try {
      for await (const lines of portionsOf(provider.readStatement(day))) {
        statements.add(lines);
        const room = MOST_DIFFERENCES - statements.differences.length;
        if (room > 0) statements.differences.push(...(await compareLines(context, provider.name, lines)).slice(0, room));
      }
      statements.read += 1;
      if (isOver(day, context.clock.now())) statements.complete.add(day);
    } catch (error) {
      if (!(error instanceof StatementNotReady)) throw error;
    }
  }
  return statements;
}

async function* portionsOf(lines: AsyncIterable<StatementLine>): AsyncGenerator<StatementLine[]> {
  const iterator = lines[Symbol.asyncIterator]();
  let portion: StatementLine[] = [];
  for (;;) {
    const next = await said(iterator.next());
    if (!next.done) portion.push(next.value);
    if (portion.length > 0 && (next.done || portion.length === PORTION)) {
      yield portion;
      portion = [];
    }
    if (next.done) return;
  }
}
