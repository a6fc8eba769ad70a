import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { FaultLog, MalformedMessage, type OrderEvent, orderEvent, STREAMS } from 'seckill-core';
import { restoreGap } from '../../restoring/restore-gap.ts';
import { Leadership } from '../../servers/leadership.ts';
import { ReadAhead } from '../../servers/read-ahead.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { OrderListener } from './order-listener.ts';
import { findRepeated, type StoredEvent } from './repeated-events.ts';

/** How often a worker that does not lead tries to take over. */
const TAKE_OVER_MS = 1_000;
/** Events in one transaction. */
const BATCH = 1_000;
/** A restarted server has forgotten its readers; two missing heartbeats reveal it. The client's default takes half a minute. */
const HEARTBEATS = { expires: 5_000, idle_heartbeat: 1_000 };
/** Messages read ahead of the transaction. */
const READ_AHEAD = 5_000;

/** `event` is undefined if the message isn't an order event; it is then skipped. */
type Read = Omit<StoredEvent, 'event'> & { event: OrderEvent | undefined };

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'databaseUrl' | 'log' | 'metrics'>;

/** Where a listener goes on. `server` tells this run of PostgreSQL from every other: a restarted server, or a promoted standby. */
interface Position {
  seq: number;
  server: string;
  /** Up to here, events are compared with PostgreSQL before they are counted: it may be an older copy, and its position is then as old. */
  comparedTo: number;
}

/** Another worker runs this listener, or another server has taken PostgreSQL's place. */
class PositionMoved extends Error {
  override readonly name = 'PositionMoved';
}

/** Runs a listener in one of the workers. Reads the stream in order from its position; effect and position share one transaction. */
export class ListenerRunner {
  readonly #parts: Parts;
  readonly #listener: OrderListener;
  readonly #leadership: Leadership;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  readonly #faults: FaultLog;

  constructor(parts: Parts, listener: OrderListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#leadership = new Leadership(parts.databaseUrl, `listener ${listener.name}`);
    this.#faults = new FaultLog({
      log: parts.log,
      fields: { listener: listener.name },
      begins: 'a listener of order events waits; it retries',
      ends: 'the listener of order events goes on',
    });
  }

  start(): this {
    this.#running = this.#run();
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#leadership.take()) await this.#listen();
      } catch (error) {
        this.#faults.failed(error);
        await this.#leadership.giveUp();
      }
      await sleep(TAKE_OVER_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    await this.#leadership.giveUp();
  }

  async #listen(): Promise<void> {
    const { nc } = this.#parts;
    let position = await this.#readPosition();
    const consumer = await jetstream(nc).consumers.get(STREAMS.orders.name, {
      filter_subjects: STREAMS.orders.subjects[0],
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: position.seq + 1,
    });
    const messages = new ReadAhead(await consumer.consume({ max_messages: BATCH, ...HEARTBEATS }), READ_AHEAD);
    const stop = () => void messages.stop();
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    try {
      while (this.#leadership.held && !this.#stop.signal.aborted) {
        const batch = await messages.take(BATCH, TAKE_OVER_MS);
        if (batch === undefined) break;
        if (batch.length > 0)
          position = await this.#apply(
            position,
            batch.map((message) => this.#decode(message)),
          );
        this.#faults.worked();
      }
    } finally {
      this.#stop.signal.removeEventListener('abort', stop);
      await messages.stop();
    }
  }

  #decode(message: JsMsg): Read {
    const storedAt = Math.floor(message.info.timestampNanos / 1e6);
    try {
      return { seq: message.seq, storedAt, event: orderEvent.decode(message.data) };
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#parts.log.error(
        { seq: message.seq, listener: this.#listener.name, err: error },
        'skipped a message that is not an order event',
      );
      return { seq: message.seq, storedAt, event: undefined };
    }
  }

  async #readPosition(): Promise<Position> {
    const { prisma, nc, log } = this.#parts;
    const listener = this.#listener.name;
    await prisma.$executeRaw`INSERT INTO listener_positions (listener, stream_seq) VALUES (${listener}, 0) ON CONFLICT DO NOTHING`;
    const [row] = await prisma.$queryRaw<{ seq: number; server: string }[]>`
      SELECT stream_seq::float8 AS seq, pg_postmaster_start_time()::text AS server FROM listener_positions WHERE listener = ${listener}`;
    if (row === undefined) throw new PositionMoved(`The position of ${listener} is gone.`);
    const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.orders.name);
    if (row.seq <= state.last_seq) return { ...row, comparedTo: state.last_seq };
    log.error(
      { listener, position: row.seq, lastSeq: state.last_seq },
      'the stream ends before the position, so it was created again; continuing at its end',
    );
    await prisma.listenerPosition.update({ where: { listener }, data: { streamSeq: state.last_seq } });
    return { ...row, seq: state.last_seq, comparedTo: state.last_seq };
  }

  /** Moves the position from the one that was read. If two workers believe that they lead, one of them fails here. */
  async #apply({ seq, server, comparedTo }: Position, batch: readonly Read[]): Promise<Position> {
    const listener = this.#listener.name;
    const next = batch.at(-1)?.seq ?? seq;
    const stored = batch.flatMap(({ event, ...read }) => (event === undefined ? [] : { event, ...read }));
    const doubtful = stored.filter((each) => each.seq <= comparedTo).map(({ event }) => event);
    if (doubtful.length > 0) await restoreGap(this.#parts, doubtful, seq);
    const repeated = await findRepeated(this.#parts.nc, stored);
    const events = stored.filter((each) => !repeated.has(each.seq)).map(({ event }) => event);
    await this.#parts.prisma.$transaction(async (tx) => {
      const moved = await tx.$executeRaw`
        UPDATE listener_positions SET stream_seq = ${next}::bigint WHERE listener = ${listener} AND stream_seq = ${seq}::bigint
          AND pg_postmaster_start_time()::text = ${server}`;
      if (moved !== 1)
        throw new PositionMoved(`Another worker has moved the position of ${listener}, or PostgreSQL was restarted or replaced.`);
      if (events.length > 0) await this.#listener.apply(tx, events);
    });
    return { seq: next, server, comparedTo };
  }
}
