import type { PrismaClient } from 'seckill-prisma';

/** A step of a plan that was run. */
export interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

export interface Joins {
  /** The planner joins in nested loops, as it does if it expects few rows. */
  nested?: boolean;
}

/** Runs the statement, and returns the steps of its plan. */
export async function explain(
  prisma: PrismaClient,
  statement: string,
  parameters: unknown[],
  { nested = false }: Joins = {},
): Promise<Plan[]> {
  const toggle = nested ? 'off' : 'on';
  const [, , rows] = await prisma.$transaction([
    prisma.$executeRawUnsafe(`SET LOCAL enable_hashjoin = ${toggle}`),
    prisma.$executeRawUnsafe(`SET LOCAL enable_mergejoin = ${toggle}`),
    prisma.$queryRawUnsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(`EXPLAIN (ANALYZE, FORMAT JSON) ${statement}`, ...parameters),
  ]);
  return (rows[0]?.['QUERY PLAN'] ?? []).flatMap(({ Plan }) => stepsOf(Plan));
}

export const stepsOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(stepsOf)];

/** Rows that a step produced or threw away, in all its loops. */
const touched = (step: Plan): number =>
  step['Actual Loops'] *
  (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0) + (step['Rows Removed by Join Filter'] ?? 0));

export const most = (steps: readonly Plan[]): number => Math.max(...steps.map(touched));
