import type { Job } from '../../shared/api/contract.ts';
import { Meter } from '../../shared/ui/meter.tsx';
import { formatCount } from '../parts/numbers.ts';

/** How far a job is, as a bar with its text. */
export function JobMeter({ job }: { job: Job }) {
  const { done, total } = job.progress;
  return (
    <div class="job-meter">
      <p role="status">{progressText(job)}</p>
      <Meter value={done} max={total} />
    </div>
  );
}
JobMeter.props = ['job'];

const DOES: Readonly<Record<Job['kind'], string>> = { audit: 'Auditing', report: 'Counting', repair: 'Repairing' };

function progressText({ kind, state, progress: { done, total, unit } }: Pick<Job, 'kind' | 'state' | 'progress'>): string {
  if (state === 'QUEUED') return 'Waiting for a worker';
  return total === 0 ? `${DOES[kind]}…` : `${DOES[kind]}: ${formatCount(done)} of ${formatCount(total)} ${unit}`;
}
