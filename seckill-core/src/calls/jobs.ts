import { type Static, Type } from 'typebox';
import { retryAfterMs } from '../bus/rpc.ts';
import type { AnswerCode } from '../domain/answers.ts';
import { Count, IsoTime, SaleId } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { Problem } from '../domain/problem.ts';
import { ExplainedAudit, RepairReport } from './audit-views.ts';
import { SaleReport } from './sale-report.ts';

export const JobId = Type.String({ pattern: UUID_PATTERN });

export const JobKind = Type.Union([Type.Literal('audit'), Type.Literal('report'), Type.Literal('repair')]);
export type JobKind = Static<typeof JobKind>;

/** What a job of each kind results in. */
export interface JobResults {
  audit: ExplainedAudit;
  report: SaleReport;
  repair: RepairReport;
}

/** What may be asked beside the sale. Jobs of different arguments run side by side. */
export const JobArguments = Type.Object({
  /** A repair after an older copy of PostgreSQL was restored: first brings back what the streams know. */
  restored: Type.Optional(Type.Boolean()),
});
export type JobArguments = Static<typeof JobArguments>;

export const JobProgress = Type.Object({
  done: Count,
  total: Type.Integer({ minimum: 0, description: '0 as long as it is not known' }),
  unit: Type.String({ description: 'what is counted: `checks`, `repairs`, `parts`; may change while the job runs' }),
});
export type JobProgress = Static<typeof JobProgress>;

const job = {
  jobId: JobId,
  kind: JobKind,
  saleId: SaleId,
  arguments: JobArguments,
  state: Type.Union([Type.Literal('QUEUED'), Type.Literal('RUNNING'), Type.Literal('DONE'), Type.Literal('FAILED')]),
  progress: JobProgress,
  createdAt: IsoTime,
  startedAt: Type.Optional(IsoTime),
  finishedAt: Type.Optional(IsoTime),
  /** Why it is FAILED. */
  problem: Type.Optional(Type.Object({ code: Type.String(), detail: Type.String() })),
};

/** A job in a list. */
export const ListedJob = Type.Object(job);
export type ListedJob = Static<typeof ListedJob>;

/** A job that takes longer than its caller waits. */
export const Job = Type.Object({ ...job, result: Type.Optional(Type.Union([ExplainedAudit, RepairReport, SaleReport])) });
export type Job = Static<typeof Job>;

/** Returns what the job resulted in; undefined if it has not ended. Throws the problem of a job that failed. */
export function resultOf<Kind extends JobKind>(_kind: Kind, { result, problem }: Job): JobResults[Kind] | undefined {
  if (problem === undefined) return result as JobResults[Kind] | undefined;
  const { code, detail } = problem;
  throw new Problem(code as AnswerCode, detail, code === 'UNAVAILABLE' ? retryAfterMs() : undefined);
}

/** The longest that a caller may wait for a job, ms. Proxies must wait longer. */
export const LONGEST_WAIT_MS = 60_000;
/** What the way there and back may take beside the wait. */
const ON_THE_WAY_MS = 10_000;

/** How long a caller of `runJob` waits for the reply. */
export const runJobWithinMs = (waitMs: number): number => waitMs + ON_THE_WAY_MS;
