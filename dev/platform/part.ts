import { ControlledProcess } from '../processes/controlled-process.ts';
import { root } from '../processes/root.ts';
import type { ThrowAwayFolder } from '../processes/throw-away-folder.ts';

/** One process of the platform. `restart` keeps its port and settings. */
export type Part = ControlledProcess;

export interface PartToStart {
  /** `gateway-1`, `worker-2`, `payments`: its folder and log. */
  name: string;
  script: string;
  args?: readonly string[];
  env: Record<string, string>;
  /** Answers 200 once it serves. */
  readyUrl: string;
  onCrash: (part: Part, how: string) => void;
}

export function createPart(home: ThrowAwayFolder, { name, script, args = [], env, readyUrl, onCrash }: PartToStart): Part {
  const part: Part = new ControlledProcess(home, {
    name,
    program: process.execPath,
    args: ['--import', 'tsx', script, ...args],
    cwd: root,
    // As in the image: glibc gives each thread of V8's its own arena, and hardly ever gives one back. With two of them a worker needs 25 MiB less.
    env: { MALLOC_ARENA_MAX: '2', ...process.env, ...env },
    stopSignal: 'SIGTERM',
    stopWithinMs: 15_000,
    guardSignal: 'KILL',
    isReady: () => answersOk(readyUrl),
    readyWithinMs: 60_000,
    onCrash: (how) => onCrash(part, how),
  });
  return part;
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
