import type { FastifyReply } from 'fastify';
import { EventStream, KEEP_ALIVE_TEXT } from './event-stream.ts';

/** Proxies close a silent connection after 30 s or more. */
const KEEP_ALIVE_SECONDS = 15;

/** Each kind has a limit, so that buyers' streams leave room for operators'. */
export type StreamKind = 'buyer' | 'operator';

/** All open streams of the gateway. One timer keeps them alive: each second it writes to one fifteenth of them. */
export class OpenStreams {
  readonly #slots: readonly Set<EventStream>[] = Array.from({ length: KEEP_ALIVE_SECONDS }, () => new Set());
  readonly #limits: Readonly<Record<StreamKind, number>>;
  readonly #sizes: Record<StreamKind, number> = { buyer: 0, operator: 0 };
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: Readonly<Record<StreamKind, number>>) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sizes.buyer + this.#sizes.operator;
  }

  isFullFor(kind: StreamKind): boolean {
    return this.#sizes[kind] >= this.#limits[kind];
  }

  start(): void {
    this.#timer = setInterval(() => this.#keepAlive(), 1_000);
    this.#timer.unref();
  }

  /** Answers the request with a stream, which is removed when either side closes it. */
  open(reply: FastifyReply, kind: StreamKind): EventStream {
    const stream = new EventStream(reply);
    // The slot that was served last has a full round until its next turn.
    const slot = this.#slots[(this.#turn + KEEP_ALIVE_SECONDS - 1) % KEEP_ALIVE_SECONDS];
    slot?.add(stream);
    this.#sizes[kind] += 1;
    stream.onClose(() => {
      slot?.delete(stream);
      this.#sizes[kind] -= 1;
    });
    return stream;
  }

  /** Ends every stream. Clients reconnect, to another gateway if there is one. */
  stop(): void {
    clearInterval(this.#timer);
    for (const slot of this.#slots) for (const stream of slot) stream.hangUp();
  }

  #keepAlive(): void {
    for (const stream of this.#slots[this.#turn] ?? []) stream.write(KEEP_ALIVE_TEXT);
    this.#turn = (this.#turn + 1) % KEEP_ALIVE_SECONDS;
  }
}
