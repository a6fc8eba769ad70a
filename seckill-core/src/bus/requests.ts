import {
  ClosedConnectionError,
  createInbox,
  headers,
  type Msg,
  type NatsConnection,
  NoRespondersError,
  TimeoutError,
} from '@nats-io/nats-core';
import { atEndOfTurn } from '../process/end-of-turn.ts';

/** Says how long the caller waits, in ms, if it is not as long as the call may take. After that a worker need not start the call. */
export const TIMEOUT_HEADER = 'Seckill-Timeout-Ms';

export interface OneRequest {
  subject: string;
  data: string;
  timeoutMs: number;
  /** Sends the time-out with the request. */
  statesTimeout: boolean;
}

interface Waiting {
  subject: string;
  timer: NodeJS.Timeout;
  resolve: (reply: Msg) => void;
  reject: (error: Error) => void;
}

const known = new WeakMap<NatsConnection, Requests>();

/** Returns the requests of a connection: all of them share an inbox. Throws if the connection is closed. */
export function requestsOf(nc: NatsConnection): Requests {
  let requests = known.get(nc);
  if (requests === undefined) {
    requests = new Requests(nc);
    known.set(nc, requests);
  }
  return requests;
}

/** Requests over one connection, and their replies. Those of one turn of the event loop travel together, which the client's own do not. */
class Requests {
  readonly #nc: NatsConnection;
  readonly #inbox = createInbox();
  readonly #waiting = new Map<string, Waiting>();
  #next = 0;

  constructor(nc: NatsConnection) {
    this.#nc = nc;
    const prefix = this.#inbox.length + 1;
    nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, reply) => {
        if (error === null) this.#settle(reply.subject.slice(prefix), reply);
      },
    });
    void nc.closed().then(() => this.#rejectAll());
  }

  /** Resolves with the reply. Rejects if no one serves the subject, if the reply does not come in time, or if the connection is closed. */
  send({ subject, data, timeoutMs, statesTimeout }: OneRequest): Promise<Msg> {
    return new Promise((resolve, reject) => {
      const key = (this.#next++).toString(36);
      const timer = setTimeout(() => this.#take(key)?.reject(new TimeoutError()), timeoutMs);
      this.#waiting.set(key, { subject, timer, resolve, reject });
      atEndOfTurn(() => {
        try {
          this.#nc.publish(subject, Buffer.from(data), {
            reply: `${this.#inbox}.${key}`,
            ...(statesTimeout ? { headers: timeoutHeader(timeoutMs) } : {}),
          });
        } catch (error) {
          this.#take(key)?.reject(error as Error);
        }
      });
    });
  }

  #settle(key: string, reply: Msg): void {
    const waiting = this.#take(key);
    if (waiting === undefined) return;
    const isUnserved = reply.data.length === 0 && reply.headers?.code === 503;
    if (isUnserved) waiting.reject(new NoRespondersError(waiting.subject));
    else waiting.resolve(reply);
  }

  /** Returns what waits for a reply, which then waits no longer. */
  #take(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(key);
    clearTimeout(waiting.timer);
    return waiting;
  }

  #rejectAll(): void {
    for (const key of this.#waiting.keys()) this.#take(key)?.reject(new ClosedConnectionError());
  }
}

function timeoutHeader(timeoutMs: number) {
  const made = headers();
  made.set(TIMEOUT_HEADER, String(timeoutMs));
  return made;
}
