import type { FastifyReply } from 'fastify';
import { EventStream, KEEP_ALIVE_TEXT } from './event-stream.ts';

/** Proxies close a silent connection after 30 s or more. */
const KEEP_ALIVE_SECONDS = 15;
/** Each costs about 20 kB of memory; file descriptors run out sooner. */
const STREAM_LIMIT = 20_000;

/** All open streams of the gateway. One timer keeps them alive: each second it writes to one fifteenth of them. */
export class OpenStreams {
  readonly #slots: readonly Set<EventStream>[] = Array.from({ length: KEEP_ALIVE_SECONDS }, () => new Set());
  #turn = 0;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.#size >= STREAM_LIMIT;
  }

  start(): void {
    this.#timer = setInterval(() => this.#keepAlive(), 1_000);
    this.#timer.unref();
  }

  /** Answers the request with a stream, which is removed when either side closes it. */
  open(reply: FastifyReply): EventStream {
    const stream = new EventStream(reply);
    // The slot that was served last has a full round until its next turn.
    const slot = this.#slots[(this.#turn + KEEP_ALIVE_SECONDS - 1) % KEEP_ALIVE_SECONDS];
    slot?.add(stream);
    this.#size += 1;
    stream.onClose(() => {
      slot?.delete(stream);
      this.#size -= 1;
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
