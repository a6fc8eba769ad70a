import { type AnswerCode, type JobArguments, type JobKind, type JobProgress, newId, Problem, retryAfterMs } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';

const statement = (name: string) => loadStatement(import.meta.url, name);
const submitStatement = statement('submit-job');
const liveStatement = statement('live-job');
const claimStatement = statement('claim-job');
const renewStatement = statement('renew-job');
const finishStatement = statement('finish-job');
const giveBackStatement = statement('give-back-job');
const forgetStatement = statement('forget-jobs');
const restartStatement = statement('restart-jobs');
const eraseStatement = statement('erase-from-jobs');
const countStatement = statement('count-jobs');

type Database = Pick<PrismaClient, '$queryRawUnsafe' | '$executeRawUnsafe' | 'sale'>;

/** Jobs that may wait. Each takes seconds to minutes, so more would wait for hours. */
const MOST_QUEUED = 100;
const KEPT_DAYS = 7;
const KEPT_OF_A_KIND = 100;
/** A job that ends between two statements is neither joined nor in the way. */
const SUBMITS = 3;

export interface JobRequest {
  kind: JobKind;
  saleId: string;
  arguments?: JobArguments;
}

/** A job that this worker runs. `lease` names the run. */
export interface ClaimedJob extends Required<JobRequest> {
  jobId: string;
  lease: string;
  /** 1 in the first run. */
  starts: number;
}

/** How a run ended. */
export type JobOutcome = { result: object } | { code: AnswerCode; detail: string };

/** Queues a job, or finds the one that lives with the same kind, sale and arguments. Returns its id. Throws NOT_FOUND and UNAVAILABLE. */
export async function submitJob(prisma: Database, { kind, saleId, arguments: given = {} }: JobRequest): Promise<string> {
  const text = JSON.stringify(given.restored === true ? { restored: true } : {});
  for (let tries = 0; tries < SUBMITS; tries += 1) {
    const live = await prisma.$queryRawUnsafe<{ jobId: string }[]>(liveStatement, kind, saleId, text);
    if (live[0] !== undefined) return live[0].jobId;
    const [queued] = await prisma.$queryRawUnsafe<{ jobId: string }[]>(submitStatement, newId(), kind, saleId, text, MOST_QUEUED);
    if (queued !== undefined) return queued.jobId;
  }
  const isKnown = (await prisma.sale.findUnique({ where: { id: saleId }, select: { id: true } })) !== null;
  if (!isKnown) throw new Problem('NOT_FOUND', `There is no sale ${saleId}.`);
  throw new Problem('UNAVAILABLE', `${MOST_QUEUED} jobs wait already. Try again when some have ended.`, retryAfterMs());
}

/** Returns undefined if no job waits. */
export async function claimJob(prisma: Database, leaseMs: number): Promise<ClaimedJob | undefined> {
  const lease = newId();
  const [claimed] = await prisma.$queryRawUnsafe<Omit<ClaimedJob, 'lease'>[]>(claimStatement, lease, leaseMs);
  return claimed === undefined ? undefined : { ...claimed, lease };
}

/** Returns false if the run has lost its job: the lease ran out, or the job was given back. */
export async function renewJob(
  prisma: Database,
  { jobId, lease }: ClaimedJob,
  leaseMs: number,
  { done, total, unit }: JobProgress,
): Promise<boolean> {
  return (await prisma.$queryRawUnsafe<object[]>(renewStatement, jobId, lease, leaseMs, done, total, unit)).length > 0;
}

/** Returns false if the run has lost its job; another run then ends it. */
export async function finishJob(prisma: Database, { jobId, lease }: ClaimedJob, outcome: JobOutcome): Promise<boolean> {
  const [result, code, detail] =
    'result' in outcome ? [JSON.stringify(outcome.result), null, null] : [null, outcome.code, outcome.detail];
  return (await prisma.$queryRawUnsafe<object[]>(finishStatement, jobId, lease, result, code, detail)).length > 0;
}

export async function giveBackJob(prisma: Database, { jobId, lease }: ClaimedJob): Promise<void> {
  await prisma.$executeRawUnsafe(giveBackStatement, jobId, lease);
}

/** Returns how many it deleted. */
export async function forgetJobs({ prisma }: { prisma: Database }): Promise<number> {
  return prisma.$executeRawUnsafe(forgetStatement, KEPT_DAYS, KEPT_OF_A_KIND);
}

/** Deletes the jobs whose results name the user. Those that run may have read the name already, so they begin again. */
export async function eraseFromJobs(prisma: Pick<PrismaClient, '$executeRawUnsafe'>, userId: string): Promise<void> {
  await prisma.$executeRawUnsafe(restartStatement);
  await prisma.$executeRawUnsafe(eraseStatement, JSON.stringify(userId).slice(1, -1), userId);
}

export interface LiveJobs {
  kind: JobKind;
  state: 'QUEUED' | 'RUNNING';
  count: number;
  oldestSeconds: number;
}

export const countJobs = (prisma: Database): Promise<LiveJobs[]> => prisma.$queryRawUnsafe<LiveJobs[]>(countStatement);
