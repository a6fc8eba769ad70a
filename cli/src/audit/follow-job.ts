import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import { callRpc, calls, type Job, type JobKind, Problem } from 'seckill-core';
import { CommandFailed, type Terminal } from '../command/command.ts';

/** A worker that takes a job over needs ten seconds to find that the other one died. */
const MOST_UNAVAILABLE = 30;

const DOES: Record<JobKind, string> = { audit: 'Audit', report: 'Report', repair: 'Repair' };

/** Prints the progress of a job until it ends. Throws {@link CommandFailed} if the operator interrupts; the job goes on. */
export async function followJob(
  nats: NatsConnection,
  job: Job,
  { terminal, called, everyMs }: { terminal: Terminal; called: string; everyMs: number },
): Promise<Job> {
  const interrupted = new AbortController();
  const forget = terminal.onInterrupt(() => interrupted.abort());
  let shown = job;
  let unavailable = 0;
  try {
    while (shown.finishedAt === undefined) {
      terminal.progress(progressLine(shown));
      await sleep(everyMs, undefined, { signal: interrupted.signal }).catch(() => undefined);
      if (interrupted.signal.aborted)
        throw new CommandFailed(`The ${job.kind} goes on. \`${called} --job ${job.jobId}\` shows it, and waits for its end.`);
      try {
        shown = await callRpc(nats, calls.getJob, { jobId: job.jobId });
        unavailable = 0;
      } catch (error) {
        unavailable += 1;
        if (!(error instanceof Problem) || error.code !== 'UNAVAILABLE' || unavailable > MOST_UNAVAILABLE) throw error;
      }
    }
    return shown;
  } finally {
    forget();
    terminal.progress(undefined);
  }
}

function progressLine({ kind, state, progress: { done, total, unit } }: Job): string {
  if (state === 'QUEUED') return `${DOES[kind]}: waits for a worker`;
  return total === 0 ? `${DOES[kind]}: begins` : `${DOES[kind]}: ${done} of ${total} ${unit}`;
}
