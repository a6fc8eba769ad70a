import type { FromGenerator, JobResult, ToGenerator } from './job.ts';
import { prepareJob } from './run-job.ts';

/** The load generator's process: one job after the other, each prepared before it is let go. */
let go: (() => Promise<JobResult>) | undefined;

const tell = (message: FromGenerator) => process.send?.(message);

process.on('message', async (message: ToGenerator) => {
  try {
    if (message.kind === 'prepare') {
      go = await prepareJob(message.job);
      tell({ kind: 'prepared' });
    } else {
      const result = await go?.();
      go = undefined;
      if (result !== undefined) tell({ kind: 'done', result });
    }
  } catch (error) {
    tell({ kind: 'failed', message: (error as Error).message });
  }
});
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
