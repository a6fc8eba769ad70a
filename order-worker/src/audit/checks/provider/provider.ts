import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { askForRest } from './ask-for-rest.ts';
import { daysOfMoney } from './booked-payments.ts';
import type { Difference } from './compare-lines.ts';
import { explainProvider } from './explain-provider.ts';
import { NotSaid, readStatements } from './read-statements.ts';
import { type Compared, stillDiffering } from './still-differing.ts';

type Found = Finding & { compared: Compared[] };

/**
 * The books against what the providers say: their statements, and what they answer about payments and refunds that no statement names yet. A provider
 * that does not answer is a finding too: the check is not known to hold.
 */
export const provider: Check<Found> = {
  key: 'provider',
  name: 'The providers say the same of every payment and refund',
  form: 'full',
  inspect: async (context, before) => {
    const compared = before === undefined ? await compareAll(context) : await compareAgain(context, before.compared);
    return {
      holds: compared.every(({ away, differences }) => away === undefined && differences.length === 0),
      detail: compared.length === 0 ? 'no payments' : compared.map(detailOf).join('; '),
      compared,
    };
  },
  explain: (context, { compared }) => compared.flatMap((each) => explainProvider(context, each)),
};

async function compareAll(context: AuditContext): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const [name, days] of await daysOfMoney(context.prisma, context.sale.id))
    compared.push(await compare(context, name, days));
  return compared;
}

async function compare(context: AuditContext, name: string, days: readonly string[]): Promise<Compared> {
  const nothing = { provider: name, differences: [], days: days.length, statements: 0, due: 0, questions: 0 };
  const found = context.providers.find(name);
  if (found === undefined) return { ...nothing, away: 'it is not configured. Add it to PAYMENT_PROVIDERS' };
  try {
    const statements = await readStatements(context, found, days);
    const { differences, ...asked } = await askForRest(context, found, statements);
    return {
      ...nothing,
      ...asked,
      statements: statements.read,
      differences: unique([...statements.differences, ...differences]),
    };
  } catch (error) {
    if (error instanceof NotSaid) return { ...nothing, away: error.message };
    throw error;
  }
}

/** Compares what differed with the books as they are now. The providers are not asked again: what they said stays true. */
const compareAgain = (context: AuditContext, before: readonly Compared[]): Promise<Compared[]> =>
  Promise.all(before.map(async (each) => ({ ...each, differences: await stillDiffering(context, each) })));

/** A statement may be the answer for several days. */
const unique = (differences: readonly Difference[]): Difference[] => [
  ...new Map(differences.map((each) => [`${each.kind} ${each.fault} ${each.paymentId} ${each.refundId}`, each])).values(),
];

function detailOf({ provider: name, away, differences, days, statements, due, questions }: Compared): string {
  if (away !== undefined) return `${name} could not be compared: ${away}`;
  const asked = due > questions ? `asked for ${questions} of ${due} others` : `asked for ${questions} others`;
  return `${name}: ${differences.length} differ; ${statements} statements of ${days} days, ${asked}`;
}
