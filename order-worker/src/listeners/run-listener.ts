import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, type JsMsg, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { isOutage, MalformedMessage, type OrderEvent, orderEvent, STREAMS } from 'seckill-core';
import { ReadAhead } from '../servers/read-ahead.ts';
import type { WorkerContext } from '../worker-context.ts';
import { Leadership } from './leadership.ts';
import type { OrderListener } from './order-listener.ts';
import { findRepeated, type StoredEvent } from './repeated-events.ts';

/** A worker that does not lead asks so often whether it may. */
const TAKE_OVER_MS = 1_000;
/** Events in one transaction. */
const BATCH = 1_000;
/** A server that was restarted has forgotten who reads: noticed after two missing signs. The client's default takes half a minute. */
const SIGNS_OF_LIFE = { expires: 5_000, idle_heartbeat: 1_000 };
/** Read ahead of the transaction. */
const READ_AHEAD = 5_000;

/** `event` is undefined where the message is no order event: passed over, it can take no effect. */
type Read = Omit<StoredEvent, 'event'> & { event: OrderEvent | undefined };

class PositionMoved extends Error {
  override readonly name = 'PositionMoved';
}

/** Runs one listener in one of the workers: reads the stream in order from its position, effect and position in one transaction. */
export class ListenerRunner {
  readonly #context: WorkerContext;
  readonly #listener: OrderListener;
  readonly #leadership: Leadership;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(context: WorkerContext, listener: OrderListener) {
    this.#context = context;
    this.#listener = listener;
    this.#leadership = new Leadership(context.databaseUrl, `listener ${listener.name}`);
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
    const { log } = this.#context;
    while (!this.#stop.signal.aborted) {
      try {
        if (await this.#leadership.take()) await this.#listen();
      } catch (error) {
        const fields = { err: error, listener: this.#listener.name };
        if (!this.#failing) {
          if (isOutage(error) || error instanceof PositionMoved) log.warn(fields, 'a listener of order events waits');
          else log.error(fields, 'a listener of order events failed; trying again');
        }
        this.#failing = true;
        await this.#leadership.giveUp();
      }
      await sleep(TAKE_OVER_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
    await this.#leadership.giveUp();
  }

  async #listen(): Promise<void> {
    const { nc } = this.#context;
    let position = await this.#readPosition();
    const consumer = await jetstream(nc).consumers.get(STREAMS.orders.name, {
      filter_subjects: STREAMS.orders.subjects[0],
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: position + 1,
    });
    const messages = new ReadAhead(await consumer.consume({ max_messages: BATCH, ...SIGNS_OF_LIFE }), READ_AHEAD);
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
        this.#failing = false;
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
      this.#context.log.error(
        { seq: message.seq, listener: this.#listener.name, err: error },
        'a message is no order event; passed over',
      );
      return { seq: message.seq, storedAt, event: undefined };
    }
  }

  async #readPosition(): Promise<number> {
    const { prisma, nc, log } = this.#context;
    const listener = this.#listener.name;
    await prisma.$executeRaw`INSERT INTO listener_positions (listener, stream_seq) VALUES (${listener}, 0) ON CONFLICT DO NOTHING`;
    const row = await prisma.listenerPosition.findUniqueOrThrow({ where: { listener } });
    const position = Number(row.streamSeq);
    const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.orders.name);
    if (position <= state.last_seq) return position;
    log.error(
      { listener, position, lastSeq: state.last_seq },
      'the stream ends before the position: it was made anew; going on at its end',
    );
    await prisma.listenerPosition.update({ where: { listener }, data: { streamSeq: state.last_seq } });
    return state.last_seq;
  }

  /** The position is moved from where it was read: should two workers believe that they lead, one of them fails here. */
  async #apply(position: number, batch: readonly Read[]): Promise<number> {
    const listener = this.#listener.name;
    const next = batch.at(-1)?.seq ?? position;
    const stored = batch.flatMap(({ event, ...read }) => (event === undefined ? [] : { event, ...read }));
    const repeated = await findRepeated(this.#context.nc, stored);
    const events = stored.filter(({ seq }) => !repeated.has(seq)).map(({ event }) => event);
    await this.#context.prisma.$transaction(async (tx) => {
      const moved = await tx.$executeRaw`
        UPDATE listener_positions SET stream_seq = ${next}::bigint WHERE listener = ${listener} AND stream_seq = ${position}::bigint`;
      if (moved !== 1) throw new PositionMoved(`Another worker has moved the position of ${listener}.`);
      if (events.length > 0) await this.#listener.apply(tx, events);
    });
    return next;
  }
}
