import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage, type Job, type JobProgress, Problem, RepeatedTask } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { WorkerContext } from '../servers/worker-context.ts';
import { JOB_KINDS, type JobKinds, type JobRun } from './job-kinds.ts';
import {
  type ClaimedJob,
  claimJob,
  finishJob,
  giveBackJob,
  type JobOutcome,
  type JobRequest,
  renewJob,
  submitJob,
} from './job-queue.ts';
import { readJob } from './read-jobs.ts';

export interface JobRunnerOptions {
  /** For what the jobs do. What the queue needs goes over the context's connections, which no job holds. */
  connections?: PrismaClient;
  kinds?: JobKinds;
  times?: Partial<JobTimes>;
}

export interface JobTimes {
  /** How long after the last renewal another worker takes the job. */
  leaseMs: number;
  /** How often the lease is renewed and the progress written. */
  renewEveryMs: number;
  /** How often a worker looks for jobs, and a caller for the end of one that runs elsewhere. */
  lookEveryMs: number;
}

const TIMES: JobTimes = { leaseMs: 10_000, renewEveryMs: 1_000, lookEveryMs: 1_000 };
const AT_ONCE = 2;
const MOST_STARTS = 3;

interface Run {
  job: ClaimedJob;
  ending: AbortController;
  ended: Promise<void>;
}

/** Runs the jobs of the queue, at most two at once. A job whose worker died runs again in another one; a worker that stops gives its jobs back. */
export class JobRunner {
  readonly #context: WorkerContext;
  readonly #connections: PrismaClient;
  readonly #kinds: JobKinds;
  readonly #times: JobTimes;
  readonly #looking: RepeatedTask;
  readonly #runs = new Map<string, Run>();
  /** Emits the id of each job that ended here. */
  readonly #ends = new EventEmitter().setMaxListeners(0);
  readonly #stopping = new AbortController();

  constructor(context: WorkerContext, { connections = context.prisma, kinds = JOB_KINDS, times }: JobRunnerOptions = {}) {
    this.#context = context;
    this.#connections = connections;
    this.#kinds = kinds;
    this.#times = { ...TIMES, ...times };
    this.#looking = new RepeatedTask({
      name: 'looking for jobs',
      everyMs: this.#times.lookEveryMs,
      run: () => this.#takeJobs(),
      log: context.log,
    });
  }

  start(): this {
    this.#looking.start();
    return this;
  }

  /** Gives its jobs back at once, then waits until their runs have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking.stop();
    const runs = [...this.#runs.values()];
    await Promise.all(
      runs.map(async ({ job, ending }) => {
        ending.abort();
        await giveBackJob(this.#context.prisma, job).catch(this.#leaveToLease(job));
      }),
    );
    await Promise.all(runs.map(({ ended }) => ended));
  }

  /** Starts or joins a job. Resolves when it has ended, after `waitMs` at the latest. */
  async ask(request: JobRequest, waitMs: number): Promise<Job> {
    const jobId = await submitJob(this.#context.prisma, request);
    this.#looking.wake();
    const until = performance.now() + waitMs;
    for (;;) {
      const looked = new AbortController();
      const signal = AbortSignal.any([looked.signal, this.#stopping.signal]);
      const left = Math.max(0, Math.min(this.#times.lookEveryMs, until - performance.now()));
      // Listens before it reads, so an end in between is not missed.
      const next = Promise.race([once(this.#ends, jobId, { signal }), sleep(left, undefined, { signal })]).catch(() => undefined);
      try {
        const job = await readJob(this.#context, jobId);
        if (job.finishedAt !== undefined || performance.now() >= until || this.#stopping.signal.aborted) return job;
        await next;
      } finally {
        looked.abort();
      }
    }
  }

  async #takeJobs(): Promise<void> {
    while (this.#runs.size < AT_ONCE && !this.#stopping.signal.aborted) {
      const job = await claimJob(this.#context.prisma, this.#times.leaseMs);
      if (job === undefined) return;
      const ending = new AbortController();
      const ended = this.#run(job, ending).finally(() => {
        this.#runs.delete(job.jobId);
        this.#ends.emit(job.jobId);
        this.#looking.wake();
      });
      this.#runs.set(job.jobId, { job, ending, ended });
    }
  }

  /** Never rejects. */
  async #run(job: ClaimedJob, ending: AbortController): Promise<void> {
    const { prisma, log, metrics } = this.#context;
    const { leaseMs, renewEveryMs } = this.#times;
    let progress: JobProgress = { done: 0, total: 0, unit: '' };
    const renewing = new RepeatedTask({
      name: 'renewing the lease of a job',
      everyMs: renewEveryMs,
      run: async () => {
        if (!(await renewJob(prisma, job, leaseMs, progress))) ending.abort();
      },
      log,
    }).start();
    const outcome = await this.#outcomeOf(job, {
      signal: ending.signal,
      progress: (next) => {
        progress = next;
      },
    });
    await renewing.stop();
    if (outcome === undefined) return;
    try {
      await renewJob(prisma, job, leaseMs, progress);
      if (!(await finishJob(prisma, job, outcome))) return;
      metrics.jobsEnded.inc({ kind: job.kind, state: 'result' in outcome ? 'DONE' : 'FAILED' });
    } catch (error) {
      this.#leaveToLease(job)(error);
    }
  }

  /** Undefined if the job is no longer this run's. */
  async #outcomeOf(job: ClaimedJob, run: JobRun): Promise<JobOutcome | undefined> {
    const { jobId, kind, saleId, starts } = job;
    if (starts > MOST_STARTS) {
      const detail = `Each of ${MOST_STARTS} workers that ran this job died or lost its connection to PostgreSQL. Look into their logs, then ask again.`;
      return { code: 'INTERNAL', detail };
    }
    try {
      const result = await this.#kinds[kind]({ ...this.#context, prisma: this.#connections }, job, run);
      return run.signal.aborted ? undefined : { result };
    } catch (error) {
      if (run.signal.aborted) return undefined;
      if (error instanceof Problem) return { code: error.code, detail: error.message };
      this.#context.log.error({ err: error, jobId, kind, saleId }, 'a job failed');
      return isOutage(error)
        ? { code: 'UNAVAILABLE', detail: 'A server that the job needs was away or too slow. Ask again.' }
        : { code: 'INTERNAL', detail: `The job failed. The log of an order worker says why; look for job ${jobId}.` };
    }
  }

  #leaveToLease({ jobId, kind }: ClaimedJob): (error: unknown) => void {
    return (err) =>
      this.#context.log.warn(
        { err, jobId, kind },
        'could not write how a job ended; another worker runs it when its lease is over',
      );
  }
}
