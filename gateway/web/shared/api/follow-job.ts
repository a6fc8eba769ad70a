import { answerOf } from 'seckill-core/answers';
import { ApiProblem, asProblem, OFFLINE } from './api-problem.ts';
import type { Job } from './contract.ts';

export interface Following {
  /** Called with the job as it is, at the start and after each look. */
  onProgress?: (job: Job) => void;
  /** Ends the following. The job goes on. */
  signal?: AbortSignal | undefined;
  everyMs?: number;
}

/** A worker that takes a job over needs ten seconds to find that the other one died. */
const MOST_FAILED_LOOKS = 30;

export const isJob = (answer: object): answer is Job => 'jobId' in answer && 'progress' in answer;

/** Looks at a job once a second until it has ended, and resolves with its result. Throws the problem of a job that failed. */
export async function followJob(
  begun: Job,
  read: (jobId: string) => Promise<Job>,
  { onProgress, signal, everyMs = 1_000 }: Following,
): Promise<NonNullable<Job['result']>> {
  let job = begun;
  let failed = 0;
  for (;;) {
    onProgress?.(job);
    if (job.result !== undefined) return job.result;
    if (job.problem !== undefined) throw problemOf(job.problem);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    signal?.throwIfAborted();
    try {
      job = await read(job.jobId);
      failed = 0;
    } catch (error) {
      failed += 1;
      const { code } = asProblem(error);
      if ((code !== OFFLINE && code !== 'UNAVAILABLE') || failed > MOST_FAILED_LOOKS) throw error;
    }
  }
}

function problemOf({ code, detail }: NonNullable<Job['problem']>): ApiProblem {
  const known = answerOf(code);
  return new ApiProblem({
    code: known === undefined ? 'INTERNAL' : (code as ApiProblem['code']),
    status: known?.status ?? 500,
    title: known?.title ?? 'The job failed',
    detail,
  });
}
