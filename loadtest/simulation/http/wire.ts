import { connect, type Socket } from 'node:net';
import { type Frame, frameOf } from './read-answer.ts';

export interface WireEvents {
  /** The answer to the request sent last; `frame` says where it lies in `data`. */
  answered(data: Buffer, frame: Frame): void;
  /** No answer will come any more. Called once, unless {@link Wire.end} ended the connection. */
  closed(why: string): void;
}

/** One kept-alive connection that carries one request at a time: no pipelining, as in browsers. */
export class Wire {
  readonly #socket: Socket;
  readonly #events: WireEvents;
  #rest: Buffer | undefined;
  #why: string | undefined;
  isConnected = false;
  /** False as soon as the connection carries no more requests. */
  isOpen = true;
  /** `performance.now()` when the last request was sent, or when connecting began. */
  sentAt = performance.now();

  constructor(host: string, port: number, events: WireEvents) {
    this.#events = events;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.on('connect', () => {
      this.isConnected = true;
    });
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', (error) => this.#close(error.message));
    this.#socket.on('end', () => this.#close('the server closed the connection'));
    this.#socket.on('close', () => this.#close('the connection was closed'));
  }

  /** Resolves when the connection is established. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
  }

  /** `latin1` is cheaper to write, and enough for a request of ASCII characters. */
  send(request: string, encoding: 'utf8' | 'latin1'): void {
    this.sentAt = performance.now();
    this.#socket.write(request, encoding);
  }

  /** Closes the connection in order, with no further event. */
  end(): void {
    this.isOpen = false;
    this.#why ??= 'ended';
    this.#socket.end();
  }

  /** Closes the connection without waiting for the answer. */
  destroy(why: string): void {
    this.#close(why);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    try {
      const frame = frameOf(data);
      if (frame === undefined) this.#rest = data;
      else this.#events.answered(data, frame);
    } catch (error) {
      this.destroy((error as Error).message);
    }
  }

  #close(why: string): void {
    this.isOpen = false;
    if (this.#why !== undefined) return;
    this.#why = why;
    // The end of the connection may be the end of an answer without a length.
    const rest = this.#rest;
    const last = rest === undefined ? undefined : frameOf(rest, true);
    if (rest !== undefined && last !== undefined) this.#events.answered(rest, last);
    this.#events.closed(why);
  }
}
