import { type Frame, Wire } from 'simulation';
import type { NextRequest } from './requests.ts';

export interface LaneEvents {
  answered: (status: number, ms: number, data: Buffer) => void;
  /** The connection broke. */
  fault: () => void;
  /** No requests are left, or the lane was stopped. */
  done: () => void;
}

const RECONNECT_MS = 50;

/**
 * One connection that sends the next request when the last one is answered. It shares its cores with what it measures, so it has to be
 * cheap: 10 µs per request, each with a different body; autocannon takes 15.
 */
export class Lane {
  readonly #next: NextRequest;
  readonly #events: LaneEvents;
  readonly #server: URL;
  #wire: Wire;
  #stopped = false;
  /** Called after an answer instead of sending, if the caller decides when to send. */
  onIdle: (() => void) | undefined;

  constructor(server: URL, next: NextRequest, events: LaneEvents) {
    this.#server = server;
    this.#next = next;
    this.#events = events;
    this.#wire = this.#connect();
  }

  /** Resolves when the connection is established. */
  ready(): Promise<void> {
    return this.#wire.ready();
  }

  send(): void {
    const request = this.#stopped ? undefined : this.#next();
    if (request !== undefined) {
      this.#wire.send(request, 'latin1');
      return;
    }
    this.#wire.end();
    this.#events.done();
  }

  /** Stops after the answer to the request in flight. */
  stop(): void {
    this.#stopped = true;
  }

  #connect(): Wire {
    return new Wire(this.#server.hostname, Number(this.#server.port), {
      answered: (data, { status }: Frame) => {
        this.#events.answered(status, performance.now() - this.#wire.sentAt, data);
        if (this.onIdle === undefined) this.send();
        else this.onIdle();
      },
      closed: () => {
        this.#events.fault();
        if (this.#stopped) return this.#events.done();
        // Without the pause, a lane would reconnect to a dead server in a tight loop.
        setTimeout(() => {
          this.#wire = this.#connect();
          this.#wire.ready().then(
            () => this.send(),
            () => undefined,
          );
        }, RECONNECT_MS);
      },
    });
  }
}
