import { type calls, type Job, type JobKind, type ListedJob, Problem } from 'seckill-core';
import type { Job as JobRow, PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';

type Parts = { prisma: Pick<PrismaClient, 'job'> };

/** A job with its result. Throws NOT_FOUND. */
export async function readJob({ prisma }: Parts, jobId: string): Promise<Job> {
  const row = await prisma.job.findUnique({ where: { id: jobId } });
  if (row === null) throw new Problem('NOT_FOUND', `There is no job ${jobId}. Jobs are kept for seven days after their end.`);
  return { ...viewOf(row), ...(row.result === null ? {} : { result: row.result as NonNullable<Job['result']> }) };
}

/** A page of jobs without their results, the newest first. Ids are UUIDv7, so they sort by time. */
export async function listJobs(
  { prisma }: Parts,
  { limit, cursor, saleId, kind }: Static<typeof calls.listJobs.request>,
): Promise<Static<typeof calls.listJobs.reply>> {
  const rows = await prisma.job.findMany({
    where: {
      ...(saleId === undefined ? {} : { saleId }),
      ...(kind === undefined ? {} : { kind }),
      ...(cursor === undefined ? {} : { id: { lt: cursor } }),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
    omit: { result: true },
  });
  const { rows: jobs, ...next } = await cutPage(rows.map(viewOf), limit, ({ jobId }) => jobId);
  return { jobs, ...next };
}

function viewOf(row: Omit<JobRow, 'result'>): ListedJob {
  return {
    jobId: row.id,
    kind: row.kind as JobKind,
    saleId: row.saleId,
    arguments: row.arguments as ListedJob['arguments'],
    state: row.state,
    progress: { done: row.done, total: row.total, unit: row.unit },
    createdAt: row.createdAt.toISOString(),
    ...(row.startedAt === null ? {} : { startedAt: row.startedAt.toISOString() }),
    ...(row.finishedAt === null ? {} : { finishedAt: row.finishedAt.toISOString() }),
    ...(row.problemCode === null ? {} : { problem: { code: row.problemCode, detail: row.problem ?? '' } }),
  };
}
