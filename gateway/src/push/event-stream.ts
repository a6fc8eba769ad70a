import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** Upper bound of unsent text for a slow client. Past it the client is disconnected; it reconnects and starts from the current state. */
const BEHIND_LIMIT_BYTES = 1_024 * 1_024;
/** For clients that reconnect automatically, such as EventSource. */
const RETRY_MS = 2_000;

/** One open stream of Server-Sent Events (HTML Living Standard, 9.2). It takes finished text, so that many streams can share one string. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(reply: FastifyReply) {
    reply.hijack();
    this.#response = reply.raw;
    // A client that disconnects during a write is not an error of the gateway.
    this.#response.on('error', () => this.#response.destroy());
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Otherwise nginx buffers events until its buffer is full.
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

  /** Closes the connection too: a closing server would wait for it while it is kept alive. */
  hangUp(): void {
    const { socket } = this.#response;
    this.#response.end(() => socket?.destroySoon());
  }
}

export const KEEP_ALIVE_TEXT = ': keep-alive\n\n';

/** Formats an event for the wire. JSON contains no line breaks, so the data is one line. */
export function eventText(name: string, data: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
