import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** What may wait for a client that reads slowly. Past it the client is cut off: it connects again, and reads the state as it is then. */
const BEHIND_LIMIT_BYTES = 1_024 * 1_024;
/** For clients that connect again by themselves (EventSource). */
const RETRY_MS = 2_000;

/** One open stream of Server-Sent Events (HTML Living Standard, 9.2). Text is written as it comes: many streams may share one string. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(reply: FastifyReply) {
    reply.hijack();
    this.#response = reply.raw;
    // A client that goes away in the middle of a write is no fault of ours.
    this.#response.on('error', () => this.#response.destroy());
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // nginx would keep events until it has a page of them.
      'x-accel-buffering': 'no',
    });
    this.#response.write(`retry: ${RETRY_MS}\n\n`);
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  get isOpen(): boolean {
    return !this.#response.destroyed && !this.#response.writableEnded;
  }

  /** Takes text made by {@link eventText}, or a comment. */
  write(text: string): void {
    if (!this.isOpen) return;
    if (this.#response.writableLength > BEHIND_LIMIT_BYTES) this.#response.destroy();
    else this.#response.write(text);
  }

  end(): void {
    this.#response.end();
  }

  /** Ends the connection as well: kept alive it would keep a closing server waiting. */
  hangUp(): void {
    const { socket } = this.#response;
    this.#response.end(() => socket?.destroySoon());
  }
}

export const KEEP_ALIVE_TEXT = ': keep-alive\n\n';

/** An event as it goes over the wire. JSON has no line breaks, so its data is one line. */
export function eventText(name: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
