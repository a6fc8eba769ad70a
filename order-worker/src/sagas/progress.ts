import type { SagaState } from 'seckill-prisma';
import type { DoOutcome, Saga, SagaStep, UndoOutcome } from './saga.ts';

/**
 * What became of a step. BEGUN: the saga turned back when it may have been tried, so it may have had its effect. UNDONE, KEPT: the end of an undo; KEPT has
 * left the effect as it is.
 */
export interface StepRecord {
  is: 'DONE' | 'SKIPPED' | 'REFUSED' | 'BEGUN' | 'UNDONE' | 'KEPT';
  /** ISO 8601. */
  at: string;
  note?: string;
}

export type HistoryWhat = 'done' | 'refused' | 'skipped' | 'undone' | 'kept' | 'failed' | 'stuck' | 'retried' | 'turned-back';

/** For the order's timeline. */
export interface HistoryEntry {
  /** ISO 8601. */
  at: string;
  what: HistoryWhat;
  step?: string;
  note?: string;
}

/** How far a saga has come. */
export interface Standing {
  state: SagaState;
  steps: Readonly<Record<string, StepRecord>>;
}

/** What the undo has to look at: everything that may have had an effect. */
const MAY_HAVE_EFFECT: ReadonlySet<StepRecord['is'] | undefined> = new Set(['DONE', 'SKIPPED', 'BEGUN']);

/** Returns the step that is next to be done or undone; undefined if there is none left. */
export function nextStep({ steps }: Saga, { state, steps: records }: Standing): SagaStep | undefined {
  if (state === 'RUNNING') return steps.find(({ name, isOn }) => isOn && records[name] === undefined);
  if (state === 'COMPENSATING') return steps.findLast(({ name }) => MAY_HAVE_EFFECT.has(records[name]?.is));
  return undefined;
}

/** Returns the standing with its end, if there is no step left. */
export function endIfDone(saga: Saga, standing: Standing): Standing {
  if (nextStep(saga, standing) !== undefined) return standing;
  return { ...standing, state: standing.state === 'RUNNING' ? 'COMPLETED' : 'COMPENSATED' };
}

type Settled = Exclude<DoOutcome | UndoOutcome, { is: 'later' }> | { is: 'skipped'; note: string };

/** Returns the standing after a step was done, undone or skipped, and what the timeline says of it. */
export function settle(saga: Saga, standing: Standing, step: string, outcome: Settled, at: string): [Standing, HistoryEntry] {
  const isForward = standing.state === 'RUNNING';
  const note = 'why' in outcome ? outcome.why : outcome.note;
  const entry = (what: HistoryWhat): HistoryEntry => ({ at, what, step, ...(note === undefined ? {} : { note }) });
  const becomes = (is: StepRecord['is'], state = standing.state): Standing => {
    const record = { is, at, ...(note === undefined ? {} : { note }) };
    return endIfDone(saga, { state, steps: { ...standing.steps, [step]: record } });
  };
  if (outcome.is === 'refused') return [becomes('REFUSED', 'COMPENSATING'), entry('refused')];
  if (outcome.is === 'done') return [becomes(isForward ? 'DONE' : 'UNDONE'), entry(isForward ? 'done' : 'undone')];
  if (outcome.is === 'skipped') return [becomes(isForward ? 'SKIPPED' : 'KEPT'), entry('skipped')];
  return [becomes('KEPT'), entry('kept')];
}

/** Returns the reason for which a saga turned back. */
export function whyTurnedBack({ steps }: Standing, history: readonly HistoryEntry[]): string {
  const refused = Object.values(steps).find(({ is }) => is === 'REFUSED')?.note;
  return refused ?? history.findLast(({ what }) => what === 'turned-back')?.note ?? 'The saga turned back.';
}
