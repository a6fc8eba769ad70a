import { FaultLog, RepeatedTask } from 'seckill-core';
import { gather } from '../servers/gather.ts';
import { loadStatement } from '../servers/statement.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { type ClaimedSaga, type RunOutcome, runSaga } from './run-saga.ts';
import type { Saga, SagaStep } from './saga.ts';

const claimStatement = loadStatement(import.meta.url, 'claim-sagas');
const storeStatement = loadStatement(import.meta.url, 'store-outcomes');

/** A run, and storing its outcome, take less. */
const LEASE_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 10 * 60;

export interface SagaPace {
  /** Between looks for due sagas, if there were none. */
  everyMs: number;
  /** After the first failure of a step; each pause is about twice the one before, up to ten minutes. */
  firstPauseMs: number;
  /** Sagas that begin in a second, in one worker. Each costs 0.2 ms of its event loop, which creates orders too. */
  mostPerSecond: number;
  /** A step that has failed for so long makes its saga stuck. */
  stuckAfterMs: number;
}
const PACE: SagaPace = { everyMs: 250, firstPauseMs: 1_000, mostPerSecond: 1_000, stuckAfterMs: 5 * 60_000 };

interface Place {
  taken: number;
  /** All of its places were taken, so more sagas may wait. */
  isFull: boolean;
}

type Parts = Pick<WorkerContext, 'prisma' | 'log' | 'metrics'>;

/**
 * Runs the due sagas of one declaration in this worker, beside other workers. A saga that was claimed runs as far as it gets; what its steps did is
 * stored once, in batches. If the worker dies before, the steps are repeated under the same keys.
 */
export class SagaRunner {
  readonly saga: Saga;
  readonly #parts: Parts;
  readonly #pace: SagaPace;
  readonly #task: RepeatedTask;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #faults: ReadonlyMap<string, FaultLog>;
  readonly #runs = new Set<Promise<void>>();
  readonly #store: (outcome: object) => Promise<unknown>;
  #stopping = false;
  /** How many sagas may begin, as of `#mayBeginAt`. */
  #mayBegin = 0;
  #mayBeginAt = performance.now();

  constructor(parts: Parts, saga: Saga, pace: Partial<SagaPace> = {}) {
    const { log } = parts;
    this.#parts = parts;
    this.saga = saga;
    this.#pace = { ...PACE, ...pace };
    this.#task = new RepeatedTask({
      name: `saga ${saga.name}`,
      everyMs: this.#pace.everyMs,
      run: () => this.#begin(),
      log,
    });
    this.#places = new Map(saga.steps.map(({ name }) => [name, { taken: 0, isFull: false }]));
    const [begins, ends] = ['a step of sagas fails; it is tried again', 'the step of sagas works again'];
    this.#faults = new Map(
      saga.steps.map(({ name }) => [name, new FaultLog({ log, fields: { saga: saga.name, step: name }, begins, ends })]),
    );
    this.#store = gather((outcomes) => this.#storeAll(outcomes), { most: 500 });
  }

  start(): this {
    this.#task.start();
    return this;
  }

  /** Looks for due sagas at once. */
  wake(): void {
    this.#task.wake();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#task.stop();
    await Promise.all(this.#runs);
  }

  async #begin(): Promise<void> {
    const mayBegin = this.#refill();
    const free = this.saga.steps
      .map(({ name, atOnce }, i) => ({ name, places: Math.min(atOnce - this.#placeOf(name).taken, i === 0 ? mayBegin : atOnce) }))
      .filter(({ places }) => places > 0);
    if (free.length === 0) return;
    const due = await this.#parts.prisma.$queryRawUnsafe<ClaimedSaga[]>(
      claimStatement,
      this.saga.name,
      free.map(({ name }) => name),
      free.map(({ places }) => places),
      LEASE_SECONDS,
    );
    for (const { name, places } of free) this.#placeOf(name).isFull = due.filter(({ step }) => step === name).length === places;
    this.#mayBegin -= due.filter(({ step }) => step === this.saga.steps[0]?.name).length;
    for (const claimed of due) {
      const run = this.#run(claimed).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    }
  }

  /** Returns how many sagas may begin now: a quarter of a second's at most. */
  #refill(): number {
    const now = performance.now();
    const { mostPerSecond } = this.#pace;
    this.#mayBegin = Math.min(this.#mayBegin + ((now - this.#mayBeginAt) / 1_000) * mostPerSecond, mostPerSecond / 4);
    this.#mayBeginAt = now;
    return Math.floor(this.#mayBegin);
  }

  #placeOf(step: string): Place {
    const place = this.#places.get(step);
    if (place === undefined) throw new Error(`Saga ${this.saga.name} has no step ${step}.`);
    return place;
  }

  #leave(step: string): void {
    const place = this.#placeOf(step);
    place.taken -= 1;
    if (place.isFull) this.wake();
  }

  async #run(claimed: ClaimedSaga): Promise<void> {
    let at = claimed.step;
    this.#placeOf(at).taken += 1;
    const moveOn = (step: SagaStep): boolean => {
      const place = this.#placeOf(step.name);
      if (this.#stopping || place.taken >= step.atOnce) {
        place.isFull = true;
        return false;
      }
      place.taken += 1;
      this.#faults.get(at)?.worked();
      this.#leave(at);
      at = step.name;
      return true;
    };
    try {
      const outcome = await runSaga(this.saga, claimed, moveOn, (step, error) => this.#faults.get(step)?.failed(error));
      if (outcome.error === null) this.#faults.get(at)?.worked();
      this.#count(outcome);
      await this.#store({ order_id: claimed.orderId, version: claimed.version, ...outcome, pause: this.#pauseOf(outcome) });
    } catch (error) {
      this.#parts.log.warn({ err: error, orderId: claimed.orderId }, 'what a saga did is not stored; its steps are repeated');
    } finally {
      this.#leave(at);
    }
  }

  /** Seconds. */
  #pauseOf({ error, attempts }: RunOutcome): number {
    if (error === null) return 0;
    const pause = (this.#pace.firstPauseMs / 1_000) * 2 ** Math.min(attempts - 1, 20);
    return Math.min(pause, LONGEST_PAUSE_SECONDS) * (0.5 + Math.random() / 2);
  }

  #count({ history, failed, step }: RunOutcome): void {
    const { sagaSteps } = this.#parts.metrics;
    for (const { step: name = '', what } of history) sagaSteps.inc({ step: name, outcome: what });
    if (failed) sagaSteps.inc({ step: step ?? '', outcome: 'failed' });
  }

  async #storeAll(outcomes: object[]): Promise<object[]> {
    const { prisma } = this.#parts;
    const stuckAfter = this.#pace.stuckAfterMs / 1_000;
    await prisma.$executeRawUnsafe(storeStatement, this.saga.name, JSON.stringify(outcomes), stuckAfter);
    return outcomes;
  }
}
