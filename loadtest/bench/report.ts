import type { Machine } from './machine.ts';
import type { Noise } from './noise.ts';
import type { RowResult } from './summarise.ts';
import type { Target } from './targets.ts';

/** What `--json` writes. */
export interface BenchReport {
  machine: Machine;
  /** ISO 8601. */
  at: string;
  /** How it was measured, for people. */
  how: string;
  rows: RowResult[];
  targets: Target[];
  /** Whether the targets may be judged by this run; undefined if it compared nothing with bare rows. */
  noise: Noise | undefined;
  /** Faults that make a figure invalid: wrong answers, wins without orders. Empty in a good run. */
  faults: string[];
}
