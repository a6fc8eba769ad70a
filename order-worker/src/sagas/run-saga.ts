import { reasonOf } from 'seckill-core';
import { endIfDone, type HistoryEntry, nextStep, type Standing, settle, whyTurnedBack } from './progress.ts';
import type { DoOutcome, Saga, SagaOrder, SagaStep, UndoOutcome } from './saga.ts';

/** A saga that this worker has taken. */
export interface ClaimedSaga extends SagaOrder, Standing {
  /** The place it takes. */
  step: string;
  history: HistoryEntry[];
  version: number;
  /** Of the present step, this one included. */
  attempts: number;
}

/** How far a run came, as store-outcomes.sql reads it. */
export interface RunOutcome extends Standing {
  /** The next one; null if the saga has ended. */
  step: string | null;
  /** What is new in the history. */
  history: HistoryEntry[];
  /** A step has ended in this run. */
  moved: boolean;
  attempts: number;
  /** Why the present step is tried again; null if it was not tried. */
  error: string | null;
  /** The error is a failure, and no wait that was expected. */
  failed: boolean;
}

/** Takes a place at a step for a saga that comes from another one. False: there is none, and the saga waits there. */
export type MoveOn = (step: SagaStep) => boolean;

/** Steps of a run begin within this time, ms. The last one, and storing the outcome, take less than the rest of the lease. */
const BEGIN_WITHIN_MS = 25_000;

/** Does, or undoes, one step after the other, until one has to be tried again or the saga has ended. Never rejects. */
export async function runSaga(
  saga: Saga,
  claimed: ClaimedSaga,
  moveOn: MoveOn,
  failed: (step: string, error: unknown) => void,
): Promise<RunOutcome> {
  const beginUntil = performance.now() + BEGIN_WITHIN_MS;
  const history: HistoryEntry[] = [];
  let standing = endIfDone(saga, { state: claimed.state, steps: claimed.steps });
  let place = claimed.step;
  let attempts = claimed.attempts;
  const stop = (step: SagaStep | undefined, error: string | null = null, isFailure = false): RunOutcome => ({
    ...standing,
    step: step?.name ?? null,
    history,
    moved: history.length > 0,
    attempts,
    error,
    failed: isFailure,
  });
  for (;;) {
    const step = nextStep(saga, standing);
    if (step === undefined) return stop(step);
    if (performance.now() > beginUntil || (step.name !== place && !moveOn(step))) {
      attempts = 0;
      return stop(step);
    }
    place = step.name;
    try {
      const outcome = await attempt(step, standing, claimed, history);
      if (outcome.is === 'later') return stop(step, outcome.why);
      const [next, entry] = settle(saga, standing, step.name, outcome, new Date().toISOString());
      standing = next;
      history.push(entry);
      attempts = 1;
    } catch (error) {
      failed(step.name, error);
      return stop(step, reasonOf(error), true);
    }
  }
}

function attempt(
  step: SagaStep,
  standing: Standing,
  claimed: ClaimedSaga,
  history: readonly HistoryEntry[],
): Promise<DoOutcome | UndoOutcome> {
  if (standing.state === 'RUNNING') return step.do(claimed);
  return step.undo(claimed, whyTurnedBack(standing, [...claimed.history, ...history]));
}
