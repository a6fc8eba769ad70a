import { FaultLog, type OrderEvent } from 'seckill-core';
import type { HistoryPosition } from '../history/history-position.ts';
import { type HistoryStart, readHistory } from '../history/read-history.ts';
import { growingPauseMs } from '../servers/growing-pause.ts';
import { LeaderLoop } from '../servers/leader-loop.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { NamedSink } from './configure-sinks.ts';
import type { Sink } from './sink.ts';
import {
  beginWriting,
  movePosition,
  noteFailure,
  notePrepared,
  readRun,
  readSinkPosition,
  SinkMoved,
  type SinkPosition,
  textOf,
} from './sink-position.ts';

/** How often a sink that is up to date looks for events, and one that waits looks for whether it was started over. */
const LOOK_EVERY_MS = 1_000;
const PAUSES = { firstMs: 1_000, longestMs: 5 * 60_000 };

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'databaseUrl' | 'log' | 'metrics'>;

interface Batch {
  events: OrderEvent[];
  /** Where the batch ends. */
  position: HistoryPosition;
  /** More events may follow at once. */
  isFull: boolean;
}

/**
 * Feeds a sink in one of the workers. It writes a batch, then moves the position: a crash in between repeats the batch, with the same events and under
 * the same name, because the end of the batch is noted before it is written. A sink that fails waits with growing pauses and delays no other.
 */
export class SinkRunner {
  readonly #parts: Parts;
  readonly #name: string;
  readonly #sink: Sink;
  readonly #from: HistoryStart;
  readonly #loop: LeaderLoop;
  readonly #faults: FaultLog;
  #run = 0;
  #failures = 0;
  #position: HistoryPosition | undefined;
  #upToDateAt = Date.now();
  /** `performance.now()` of the last write. */
  #wroteAt = Number.NEGATIVE_INFINITY;

  constructor(parts: Parts, { name, sink }: NamedSink, from: HistoryStart) {
    this.#parts = parts;
    this.#name = name;
    this.#sink = sink;
    this.#from = from;
    this.#loop = new LeaderLoop({
      databaseUrl: parts.databaseUrl,
      of: `data hub ${name}`,
      lead: () => this.#lead(),
      failed: (error) => this.#failed(error),
      rests: () => parts.metrics.dataHubBehind.set({ sink: name }, 0),
    });
    this.#faults = new FaultLog({
      log: parts.log,
      fields: { sink: name },
      begins: 'a sink of the data hub fails; it retries',
      ends: 'the sink of the data hub works again',
    });
  }

  start(): this {
    this.#loop.start();
    return this;
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Keeps the lead: another worker would meet the same fault, without the pauses. */
  async #failed(error: unknown): Promise<void> {
    // The next turn begins at the new position.
    if (error instanceof SinkMoved) return this.#loop.pause(LOOK_EVERY_MS);
    this.#failures += 1;
    this.#faults.failed(error);
    this.#parts.metrics.dataHubFailures.inc({ sink: this.#name });
    this.#showBehind();
    const noted = { run: this.#run, failures: this.#failures, error };
    await noteFailure(this.#parts.prisma, this.#name, noted).catch(() => undefined);
    await this.#pause(growingPauseMs(this.#failures, PAUSES));
  }

  async #lead(): Promise<void> {
    while (this.#loop.goesOn) {
      const at = await readSinkPosition(this.#parts, this.#name, this.#from);
      if (at.run !== this.#run) this.#beginRun(at.run);
      if (!at.isPrepared) await this.#prepare(at);
      this.#position = at.position;
      const batch = await this.#collect(at);
      // It may be a part of what has to be written.
      if (this.#loop.stopping.aborted) return;
      const isDue = batch.isFull || at.writing !== undefined || performance.now() - this.#wroteAt >= this.#sink.everyMs;
      const hasMoved = textOf(batch.position) !== textOf(at.position);
      if (hasMoved && (isDue || batch.events.length === 0)) await this.#write(at, batch);
      if (!batch.isFull) this.#upToDateAt = Date.now();
      this.#showBehind();
      if (!batch.isFull) await this.#pause(this.#nextLookMs(batch));
    }
  }

  #beginRun(run: number): void {
    this.#run = run;
    this.#failures = 0;
    this.#wroteAt = Number.NEGATIVE_INFINITY;
  }

  async #prepare({ run, position: { since } }: SinkPosition): Promise<void> {
    await this.#sink.prepare?.({ isAgain: run > 1, since });
    await notePrepared(this.#parts.prisma, this.#name, run);
  }

  /** A position among the tables says nothing of its time. */
  #showBehind(): void {
    const since = Math.min(
      this.#upToDateAt,
      this.#position?.in === 'stream' && this.#failures > 0 ? this.#position.at : Number.POSITIVE_INFINITY,
    );
    this.#parts.metrics.dataHubBehind.set({ sink: this.#name }, Math.max(0, (Date.now() - since) / 1_000));
  }

  /** Events that wait for their time are read again when it has come. */
  #nextLookMs({ events }: Batch): number {
    const dueInMs = this.#wroteAt + this.#sink.everyMs - performance.now();
    return events.length === 0 ? LOOK_EVERY_MS : Math.max(LOOK_EVERY_MS, dueInMs);
  }

  /** Reads until the batch is full, or to its end if that is known. */
  async #collect({ position: from, writing }: SinkPosition): Promise<Batch> {
    const batch: Batch = { events: [], position: from, isFull: false };
    for await (const { events, position } of readHistory(this.#parts, from)) {
      batch.events.push(...events);
      batch.position = position;
      batch.isFull = writing === undefined ? batch.events.length >= this.#sink.mostEvents : hasReached(position, writing);
      if (batch.isFull || this.#loop.stopping.aborted) break;
    }
    return batch;
  }

  async #write({ position: from, run }: SinkPosition, { events, position: to }: Batch): Promise<void> {
    const { prisma, metrics } = this.#parts;
    if (events.length > 0) {
      await beginWriting(prisma, this.#name, { run, from, to });
      await this.#sink.write({ name: nameOf(from), events });
      this.#wroteAt = performance.now();
    }
    await movePosition(prisma, this.#name, { run, from, to, events: events.length });
    metrics.dataHubEvents.inc({ sink: this.#name }, events.length);
    this.#failures = 0;
    this.#faults.worked();
  }

  /** Ends early if the sink is started over. */
  async #pause(ms: number): Promise<void> {
    const endAt = performance.now() + ms;
    for (;;) {
      await this.#loop.pause(Math.min(LOOK_EVERY_MS, endAt - performance.now()));
      if (this.#loop.stopping.aborted || performance.now() >= endAt) return;
      const run = await readRun(this.#parts.prisma, this.#name).catch(() => undefined);
      if (run !== undefined && run !== this.#run) return;
    }
  }
}

/** A batch may end after messages of other kinds, at which no event stops. */
const hasReached = (position: HistoryPosition, end: HistoryPosition): boolean =>
  textOf(position) === textOf(end) || (position.in === 'stream' && end.in === 'stream' && position.seq >= end.seq);

/** Differs between positions, also after the stream was created again: then the times differ. */
function nameOf(position: HistoryPosition): string {
  if (position.in === 'stream') return `${position.at}-${String(position.seq + 1).padStart(12, '0')}`;
  return `${position.until}-tables-${position.after || 'first'}`;
}
