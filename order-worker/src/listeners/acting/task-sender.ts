import { setTimeout as sleep } from 'node:timers/promises';
import { FaultLog, RepeatedTask, reasonOf } from 'seckill-core';
import { AFTER_CALL } from '../../servers/background-pace.ts';
import { gather } from '../../servers/gather.ts';
import { growingPauseMs } from '../../servers/growing-pause.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import {
  type ActingListener,
  type Attempt,
  type Lane,
  type ListenerTask,
  TaskFailed,
  TaskPostponed,
  TaskRefused,
} from './acting-listener.ts';
import { LaneRun } from './lane-run.ts';
import { type Settled, settleTasks } from './settle-tasks.ts';

const dueStatement = loadStatement(import.meta.url, 'due-tasks');

/** Finds the tasks whose pause is over. New ones are found at once. */
const EVERY_MS = 500;
/** Outcomes and looks for due tasks wait for company: a statement costs as much as dozens of tasks. */
const GATHER_MS = 20;
const FIRST_PAUSE_MS = 1_000;
/** Less than the 10 s that an orchestrator waits before it kills a process. */
const STOP_WITHIN_MS = 5_000;
const LONGEST_PAUSE_MS = 60 * 60_000;

type Parts = Pick<WorkerContext, 'prisma' | 'log' | 'metrics' | 'pace'>;

/**
 * Acts on the tasks of a listener, in the worker that leads it. A task that was acted on just before the worker died is acted on again, under the same
 * event id.
 */
export class TaskSender {
  readonly #parts: Parts;
  readonly #listener: ActingListener;
  readonly #isLeader: () => boolean;
  readonly #task: RepeatedTask;
  readonly #runs = new Map<string, LaneRun>();
  readonly #faults = new Map<string, FaultLog>();
  readonly #acts = new Set<Promise<void>>();
  readonly #settle: (outcome: Settled) => Promise<unknown>;
  #known: { lanes: readonly Lane[]; byName: ReadonlyMap<string, Lane> } = { lanes: [], byName: new Map() };
  #waking: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(parts: Parts, listener: ActingListener, isLeader: () => boolean) {
    this.#parts = parts;
    this.#listener = listener;
    this.#isLeader = isLeader;
    this.#settle = gather((outcomes: Settled[]) => settleTasks(parts.prisma, outcomes), { most: 500, forMs: GATHER_MS });
    const name = `acting on order events (${listener.name})`;
    this.#task = new RepeatedTask({ name, everyMs: EVERY_MS, run: () => this.#fill(), log: parts.log });
  }

  start(): this {
    this.#task.start();
    return this;
  }

  /** There may be new tasks. */
  wake(): void {
    this.#waking ??= setTimeout(() => {
      this.#waking = undefined;
      this.#task.wake();
    }, GATHER_MS);
  }

  /** Resolves when what is in progress has ended, and soon in any case: what has not ended is done again by the next leader. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#waking);
    await this.#task.stop();
    for (const run of this.#runs.values()) run.putBack();
    await Promise.race([Promise.all(this.#acts), sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
  }

  get #goesOn(): boolean {
    return !this.#stopped && this.#isLeader();
  }

  async #fill(): Promise<void> {
    if (!this.#goesOn) return;
    const free = this.#listener
      .lanes()
      .map((lane) => ({ lane, run: this.#runOf(lane.name) }))
      .map(({ lane, run }) => ({ lane, run, places: run.places(lane.atOnce) }))
      .filter(({ places }) => places > 0);
    if (free.length === 0) return;
    const tasks = await this.#parts.prisma.$queryRawUnsafe<ListenerTask[]>(
      dueStatement,
      free.map(({ lane }) => lane.name),
      free.map(({ places }) => places),
      free.flatMap(({ run }) => [...run.taken]),
    );
    for (const task of tasks) this.#runOf(task.lane).take(task);
    for (const { lane } of free) this.#begin(lane.name);
  }

  /** A lane may have changed, or gone, since its tasks were read. */
  #laneOf(name: string): Lane | undefined {
    const lanes = this.#listener.lanes();
    if (this.#known.lanes !== lanes) this.#known = { lanes, byName: new Map(lanes.map((lane) => [lane.name, lane])) };
    return this.#known.byName.get(name);
  }

  #runOf(lane: string): LaneRun {
    const run = this.#runs.get(lane) ?? new LaneRun();
    this.#runs.set(lane, run);
    return run;
  }

  #begin(name: string): void {
    const run = this.#runOf(name);
    const lane = this.#laneOf(name);
    if (!this.#goesOn || lane === undefined || lane.atOnce === 0) run.putBack();
    if (lane === undefined) return;
    for (const task of run.begin(this.#parts.pace.places(lane.atOnce))) {
      const act = this.#act(lane, run, task).finally(() => {
        run.settled(task.id);
        this.#acts.delete(act);
        this.wake();
      });
      this.#acts.add(act);
    }
  }

  async #act(lane: Lane, run: LaneRun, task: ListenerTask): Promise<void> {
    const began = performance.now();
    const at = new Date().toISOString();
    const outcome = await inTime(lane, task).then(
      (answer) => this.#worked(lane, run, answer),
      (error: unknown) => this.#failed(lane, run, task, error),
    );
    const { state, pauseMs, attempt } = outcome;
    const resting = this.#parts.pace.rest(began, AFTER_CALL).then(() => {
      run.ended();
      this.#begin(lane.name);
    });
    this.#parts.metrics.listenerTasks.inc({ listener: this.#listener.name, outcome: OUTCOMES[state] });
    try {
      await this.#settle({ id: task.id, state, pauseMs, attempt: { at, ms: Math.round(performance.now() - began), ...attempt } });
    } catch (error) {
      this.#parts.log.warn(
        { lane: lane.name, reason: reasonOf(error) },
        'an outcome could not be written; the task is tried again',
      );
    }
    await resting;
  }

  #worked({ name }: Lane, run: LaneRun, answer: Attempt | undefined): Outcome {
    run.worked();
    this.#faultsOf(name).worked();
    return { state: 'DONE', pauseMs: 0, attempt: { ok: true, ...answer } };
  }

  #failed(
    { name, giveUpAfterMs, longestPauseMs = LONGEST_PAUSE_MS }: Lane,
    run: LaneRun,
    task: ListenerTask,
    error: unknown,
  ): Outcome {
    const { retryAfterMs = 0, attempt: more = {} } = error instanceof TaskFailed ? error : {};
    const attempt = { ok: false, error: wordsOf(error), ...more };
    if (error instanceof TaskPostponed) return { state: 'WAITING', pauseMs: error.pauseMs, attempt };
    // The far side has answered.
    if (error instanceof TaskRefused) {
      run.worked();
      return { state: 'DEAD', pauseMs: 0, attempt };
    }
    run.failed(retryAfterMs);
    this.#faultsOf(name).failed(error);
    const pauseMs = Math.max(
      growingPauseMs(task.attempts + 1, { firstMs: FIRST_PAUSE_MS, longestMs: longestPauseMs }),
      retryAfterMs,
    );
    return { state: task.ageMs > giveUpAfterMs ? 'DEAD' : 'WAITING', pauseMs, attempt };
  }

  #faultsOf(lane: string): FaultLog {
    const known = this.#faults.get(lane);
    if (known !== undefined) return known;
    const [begins, ends] = ['acting on an order event failed; it is tried again', 'acting on order events works again'];
    const faults = new FaultLog({ log: this.#parts.log, fields: { lane }, begins, ends });
    this.#faults.set(lane, faults);
    return faults;
  }
}

type Outcome = Omit<Settled, 'id'>;

const OUTCOMES = { DONE: 'done', WAITING: 'failed', DEAD: 'dead' } as const;

/** A lane's own words need no name of a class. */
const wordsOf = (error: unknown): string => {
  const isOurs = error instanceof TaskFailed || error instanceof TaskPostponed || error instanceof TaskRefused;
  return isOurs ? error.message : reasonOf(error);
};

/** A lane that ignores its deadline must not hold its places for ever. */
async function inTime(lane: Lane, task: ListenerTask): Promise<Attempt | undefined> {
  const giveUpAt = performance.now() + lane.answerWithinMs;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TaskFailed(`There was no answer within ${lane.answerWithinMs} ms.`)),
      lane.answerWithinMs + 500,
    );
  });
  return Promise.race([lane.act(task, giveUpAt), late]).finally(() => clearTimeout(timer));
}
