import { readFileSync } from 'node:fs';
import type { PartProcesses } from './platform.ts';

/** CPU and memory used so far, by part. Empty if there is no /proc. */
export interface Costs {
  cpuSeconds: Record<string, number>;
  rssMiB: Record<string, number>;
}

/** Ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function readCosts(parts: readonly PartProcesses[]): Costs {
  const costs: Costs = { cpuSeconds: {}, rssMiB: {} };
  for (const { part, pids } of parts) {
    for (const pid of pids) {
      const cpu = cpuOf(pid);
      const memory = memoryOf(pid);
      if (cpu !== undefined) costs.cpuSeconds[part] = (costs.cpuSeconds[part] ?? 0) + cpu;
      if (memory !== undefined) costs.rssMiB[part] = (costs.rssMiB[part] ?? 0) + memory;
    }
  }
  return costs;
}

/** CPU seconds between two readings; memory as it is at the later one. */
export function costsBetween(before: Costs, after: Costs): Costs {
  const cpuSeconds: Record<string, number> = {};
  for (const [part, now] of Object.entries(after.cpuSeconds)) {
    cpuSeconds[part] = rounded(Math.max(0, now - (before.cpuSeconds[part] ?? 0)));
  }
  const rssMiB = Object.fromEntries(Object.entries(after.rssMiB).map(([part, mib]) => [part, Math.round(mib)]));
  return { cpuSeconds, rssMiB };
}

/** CPU seconds of the process and of its children that have ended. */
function cpuOf(pid: number): number | undefined {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The program's name, in parentheses, may hold spaces. Behind it: state is field 3, utime 14, stime 15, cutime 16, cstime 17.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field] ?? 0), 0) / TICKS_PER_SECOND;
}

/** Pss divides shared memory among its processes. Otherwise PostgreSQL's buffers would count once per connection. */
function memoryOf(pid: number): number | undefined {
  const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  const rss = pss ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return rss === undefined ? undefined : Number(rss) / 1024;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
