import { connect, type Socket } from 'node:net';
import { readAnswer } from 'simulation';
import type { NextRequest } from './requests.ts';

export interface LaneEvents {
  answered: (status: number, ms: number, answer: Buffer) => void;
  /** The connection broke. */
  fault: () => void;
  /** No more requests, or told to stop. */
  done: () => void;
}

/**
 * One kept-alive connection that sends the next request when the last one is answered. Written for little cost, as it shares
 * its cores with what it measures: 10 µs a request where autocannon takes 15, with a body of its own each.
 */
export class Lane {
  readonly #next: NextRequest;
  readonly #events: LaneEvents;
  #socket: Socket;
  #sentAt = 0;
  #rest: Buffer | undefined;
  #stopped = false;
  /** Where somebody else decides when to send: told that an answer is in. */
  onIdle: (() => void) | undefined;

  constructor(host: string, port: number, next: NextRequest, events: LaneEvents) {
    this.#next = next;
    this.#events = events;
    this.#socket = this.#connect(host, port);
  }

  /** Resolves when the connection stands. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve);
      this.#socket.once('error', reject);
    });
  }

  send(): void {
    const request = this.#stopped ? undefined : this.#next();
    if (request === undefined) {
      this.#socket.removeAllListeners('close');
      this.#socket.end();
      this.#events.done();
      return;
    }
    this.#sentAt = performance.now();
    this.#socket.write(request, 'latin1');
  }

  /** After the answer that is under way. */
  stop(): void {
    this.#stopped = true;
  }

  #connect(host: string, port: number): Socket {
    const socket = connect({ host, port, noDelay: true });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#events.fault();
      this.#rest = undefined;
      if (this.#stopped) return this.#events.done();
      // A moment, or a server that is away would be asked without end.
      setTimeout(() => {
        this.#socket = this.#connect(host, port);
        this.#socket.once('connect', () => this.send());
      }, 50);
    });
    return socket;
  }

  #take(chunk: Buffer): void {
    const data = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const status = completeStatus(data);
    if (status === 0) {
      this.#rest = data;
      return;
    }
    this.#rest = undefined;
    this.#events.answered(status, performance.now() - this.#sentAt, data);
    if (this.onIdle === undefined) this.send();
    else this.onIdle();
  }
}

const LENGTH = Buffer.from('content-length: ');

/** The status of the answer that `data` holds whole, else 0. The usual form is found without making text of it. */
function completeStatus(data: Buffer): number {
  const at = data.indexOf(LENGTH);
  const headEnd = data.indexOf('\r\n\r\n');
  if (headEnd < 0) return 0;
  if (at < 0 || at > headEnd) return readAnswer(data)?.status ?? 0;
  let length = 0;
  for (let i = at + LENGTH.length; ; i += 1) {
    const digit = (data[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  if (data.length < headEnd + 4 + length) return 0;
  return ((data[9] ?? 0) - 48) * 100 + ((data[10] ?? 0) - 48) * 10 + ((data[11] ?? 0) - 48);
}
