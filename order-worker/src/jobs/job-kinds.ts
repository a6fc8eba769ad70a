import type { JobKind, JobProgress, JobResults } from 'seckill-core';
import { auditSale } from '../audit/audit-sale.ts';
import { repairSale } from '../audit/repair-sale.ts';
import { reportSale } from '../reports/report-sale.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { ClaimedJob } from './job-queue.ts';

export interface JobRun {
  /** Aborts when the worker stops or has lost the job. */
  signal: AbortSignal;
  progress: (progress: JobProgress) => void;
}

/** What a job of each kind does. It may run again from the beginning, and beside a run of a worker whose network is silent. */
export type JobKinds = {
  readonly [Kind in JobKind]: (context: WorkerContext, job: ClaimedJob, run: JobRun) => Promise<JobResults[Kind]>;
};

export const JOB_KINDS: JobKinds = {
  audit: async (context, { saleId }, run) => (await auditSale(context, saleId, run)).report,
  report: (context, { saleId }, { progress }) => reportSale(context, saleId, progress),
  repair: (context, { saleId, arguments: { restored = false } }, run) => repairSale(context, saleId, { restored, ...run }),
};
