import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { FaultLog, orderEvent, STREAMS, type StreamMessage, saleEvent } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { restoreGap } from '../../restoring/restore-gap.ts';
import { LeaderLoop } from '../../servers/leader-loop.ts';
import { ReadAhead } from '../../servers/read-ahead.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { OrderListener } from './order-listener.ts';
import { RepeatedEvents } from './repeated-events.ts';
import { StoredEvents } from './stored-events.ts';
import { readStoredSaleEvents, type StoredSaleEvents, withoutRepeatedSales } from './stored-sale-events.ts';

/** Between two tries after a failure, and the longest wait for a message. */
const PAUSE_MS = 1_000;
/** How often a listener that reads is asked whether it could rest. One that rests is asked each second. */
const ASK_REST_MS = 5_000;
/** Events in one transaction if the listener has no wish; the last message may add some. */
const BATCH = 1_000;
/** What waits for the next transaction. A message has from one to hundreds of events: from 1 KB to half a megabyte. */
const READ_AHEAD = { messages: 2_000, bytes: 8 * 1_024 * 1_024 };
/** A batch waits for more messages, because its transaction costs as much as dozens of events. */
const GATHER_MS = 20;

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'databaseUrl' | 'log' | 'metrics' | 'pace'>;

/** Where a listener goes on. `server` tells this run of PostgreSQL from every other: a restarted server, or a promoted standby. */
interface Position {
  seq: number;
  server: string;
  /** Up to here, events are compared with PostgreSQL before they are counted: it may be an older copy, and its position is then as old. */
  comparedTo: number;
}

type Stored = StoredEvents | StoredSaleEvents;

/** Another worker runs this listener, or another server has taken PostgreSQL's place. */
class PositionMoved extends Error {
  override readonly name = 'PositionMoved';
}

/** Runs a listener in one of the workers. Reads the stream in order from its position; effect and position share one transaction. */
export class ListenerRunner {
  readonly #parts: Parts;
  readonly #listener: OrderListener;
  readonly #loop: LeaderLoop;
  readonly #faults: FaultLog;

  constructor(parts: Parts, listener: OrderListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#loop = new LeaderLoop({
      databaseUrl: parts.databaseUrl,
      of: `listener ${listener.name}`,
      lead: () => this.#lead(),
      failed: (error) => this.#failed(error),
    });
    this.#faults = new FaultLog({
      log: parts.log,
      fields: { listener: listener.name },
      begins: 'a listener of order events waits; it retries',
      ends: 'the listener of order events goes on',
    });
  }

  start(): this {
    this.#loop.start();
    return this;
  }

  get name(): string {
    return this.#listener.name;
  }

  /** Whether this worker runs the listener now. */
  get leads(): boolean {
    return this.#loop.goesOn;
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Another worker may succeed. */
  async #failed(error: unknown): Promise<void> {
    this.#faults.failed(error);
    await this.#loop.giveUp();
    await this.#loop.pause(PAUSE_MS);
  }

  async #lead(): Promise<void> {
    const leading = this.#listener.lead?.(this.#parts, () => this.#loop.goesOn);
    try {
      await this.#rest();
      await this.#listen(() => leading?.wake());
    } finally {
      await leading?.stop();
    }
  }

  /** Resolves when the listener wants events. */
  async #rest(): Promise<void> {
    const listener = this.#listener.name;
    while (this.#loop.goesOn && this.#listener.rests !== undefined) {
      // The end of the stream is read first: what is wanted from now on is published behind it.
      const { seq, server, comparedTo: end } = await this.#readPosition();
      if (!(await this.#listener.rests())) return;
      this.#faults.worked();
      if (seq < end) await movePosition(this.#parts.prisma, { listener, seq, server }, end);
      await this.#loop.pause(PAUSE_MS);
    }
  }

  async #listen(applied: () => void): Promise<void> {
    const { nc } = this.#parts;
    let position = await this.#readPosition();
    const from = {
      stream: STREAMS.orders.name,
      // A server before 2.10 takes one subject, so a listener of both reads the whole stream.
      ...(this.#listener.applySales === undefined ? { subject: orderEvent.subjects } : {}),
      start: { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: position.seq + 1 },
    } as const;
    const repeated = new RepeatedEvents(nc, position.seq);
    const messages = await ReadAhead.open(nc, from, READ_AHEAD);
    const stop = () => void messages.stop();
    let askedAt = performance.now();
    this.#loop.stopping.addEventListener('abort', stop, { once: true });
    try {
      while (this.#loop.goesOn) {
        const taken = await messages.take(PAUSE_MS, GATHER_MS);
        if (taken === undefined) break;
        if (performance.now() - askedAt > ASK_REST_MS) {
          askedAt = performance.now();
          if ((await this.#listener.rests?.()) === true) break;
        }
        for (const batch of this.#batches(taken)) {
          position = await this.#parts.pace.share(async () =>
            this.#loop.goesOn ? this.#apply(position, batch, repeated) : position,
          );
          applied();
        }
        this.#faults.worked();
      }
    } finally {
      this.#loop.stopping.removeEventListener('abort', stop);
      await messages.stop();
    }
  }

  *#batches(messages: readonly StreamMessage[]): Generator<Stored[]> {
    let batch: Stored[] = [];
    let events = 0;
    for (const message of messages) {
      const onFault = (err: Error) =>
        this.#parts.log.error({ seq: message.seq, listener: this.#listener.name, err }, 'skipped what is not an event');
      const isOfSale = saleEvent.owns(message.subject);
      const stored = isOfSale ? readStoredSaleEvents(message, onFault) : StoredEvents.of(message, onFault);
      batch.push(stored);
      events += stored instanceof StoredEvents ? stored.count : stored.events.length;
      if (events < (this.#listener.eventsAtOnce ?? BATCH)) continue;
      yield batch;
      [batch, events] = [[], 0];
    }
    if (batch.length > 0) yield batch;
  }

  async #readPosition(): Promise<Position> {
    const { prisma, nc, log } = this.#parts;
    const { name: listener, begins } = this.#listener;
    const lastSeqOf = async () => (await (await jetstreamManager(nc)).streams.info(STREAMS.orders.name)).state.last_seq;
    const first = begins === 'newest' ? await lastSeqOf() : 0;
    // After the end of the stream was read: what PostgreSQL does from then on is published behind it.
    await prisma.$executeRaw`
      INSERT INTO listener_positions (listener, stream_seq, began_at)
      VALUES (${listener}, ${first}, CASE WHEN ${begins === 'newest'} THEN clock_timestamp() END) ON CONFLICT DO NOTHING`;
    const [row] = await prisma.$queryRaw<{ seq: number; server: string }[]>`
      SELECT stream_seq::float8 AS seq, pg_postmaster_start_time()::text AS server FROM listener_positions WHERE listener = ${listener}`;
    if (row === undefined) throw new PositionMoved(`The position of ${listener} is gone.`);
    const lastSeq = await lastSeqOf();
    if (row.seq <= lastSeq) return { ...row, comparedTo: lastSeq };
    log.error(
      { listener, position: row.seq, lastSeq },
      'the stream ends before the position, so it was created again; continuing at its end',
    );
    await prisma.listenerPosition.update({ where: { listener }, data: { streamSeq: lastSeq } });
    return { ...row, seq: lastSeq, comparedTo: lastSeq };
  }

  async #apply({ seq, server, comparedTo }: Position, batch: readonly Stored[], repeated: RepeatedEvents): Promise<Position> {
    const listener = this.#listener.name;
    const next = batch.at(-1)?.seq ?? seq;
    const ofOrders = batch.filter((stored) => stored instanceof StoredEvents);
    const ofSales = batch.filter((stored): stored is StoredSaleEvents => !(stored instanceof StoredEvents));
    const doubtful = ofOrders.filter((message) => message.seq <= comparedTo).flatMap((message) => message.events);
    if (doubtful.length > 0) await restoreGap(this.#parts, doubtful, seq);
    const messages = (await repeated.without(ofOrders)).filter(({ count }) => count > 0);
    const sales = await withoutRepeatedSales(this.#parts.nc, ofSales);
    await this.#parts.prisma.$transaction(async (tx) => {
      await movePosition(tx, { listener, seq, server }, next);
      await applyInOrder(this.#listener, tx, { messages, sales });
    });
    return { seq: next, server, comparedTo };
  }
}

/** Moves the position from the one that was read. If two workers believe that they lead, one of them fails here. */
async function movePosition(
  prisma: Pick<Prisma.TransactionClient, '$executeRaw'>,
  { listener, seq, server }: Pick<Position, 'seq' | 'server'> & { listener: string },
  next: number,
): Promise<void> {
  const moved = await prisma.$executeRaw`
    UPDATE listener_positions SET stream_seq = ${next}::bigint WHERE listener = ${listener} AND stream_seq = ${seq}::bigint
      AND pg_postmaster_start_time()::text = ${server}`;
  if (moved !== 1)
    throw new PositionMoved(`Another worker has moved the position of ${listener}, or PostgreSQL was restarted or replaced.`);
}

/** Orders' events up to the next event of a sale go together. */
async function applyInOrder(
  listener: OrderListener,
  tx: Prisma.TransactionClient,
  { messages, sales }: { messages: readonly StoredEvents[]; sales: readonly StoredSaleEvents[] },
): Promise<void> {
  let applied = 0;
  const applyBefore = async (seq: number) => {
    const from = applied;
    while (applied < messages.length && (messages[applied]?.seq ?? 0) < seq) applied += 1;
    if (applied > from) await listener.apply(tx, messages.slice(from, applied));
  };
  for (const { seq, events } of sales) {
    await applyBefore(seq);
    if (events.length > 0) await listener.applySales?.(tx, events);
  }
  await applyBefore(Number.POSITIVE_INFINITY);
}
