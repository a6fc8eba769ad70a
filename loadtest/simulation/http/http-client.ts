import { Connection, NoAnswer } from './connection.ts';
import { Queue } from './queue.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Whole, with origin. */
  url: string;
  /** For `Authorization: Bearer`. */
  bearer?: string | undefined;
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Requests of different pools don't wait for each other: each pool has separate connections. */
  pool?: string;
}

export interface HttpAnswer {
  status: number;
  body: string;
  /** Time from the first byte sent to the last byte received, without the wait for a free connection. */
  ms: number;
}

export interface HttpClientOptions {
  /** Connections of each pool to each origin; further requests queue. */
  connections?: number;
  timeoutMs?: number;
}

/**
 * A cheap client, because it shares its cores with the servers: 13 µs of CPU per request; `http.Agent` takes 40 and fetch 280. Rejects with
 * {@link NoAnswer} and never retries.
 */
export class HttpClient {
  readonly #origins = new Map<string, Origin>();
  readonly #connections: number;
  readonly #timeoutMs: number;
  readonly #sweep: NodeJS.Timeout;

  constructor({ connections = 200, timeoutMs = 10_000 }: HttpClientOptions = {}) {
    this.#connections = connections;
    this.#timeoutMs = timeoutMs;
    // One check every quarter of a second instead of a timer for each request.
    this.#sweep = setInterval(() => {
      for (const origin of this.#origins.values()) origin.expire(performance.now() - this.#timeoutMs, this.#timeoutMs);
    }, 250);
    this.#sweep.unref();
  }

  async request({ method, url, bearer, json, headers, pool = '' }: HttpRequest): Promise<HttpAnswer> {
    const slash = url.indexOf('/', 8);
    const base = slash < 0 ? url : url.slice(0, slash);
    const key = base + pool;
    let origin = this.#origins.get(key);
    if (origin === undefined) {
      origin = new Origin(base, this.#connections);
      this.#origins.set(key, origin);
    }
    let head = `${method} ${slash < 0 ? '/' : url.slice(slash)} HTTP/1.1\r\nhost: ${origin.host}\r\n`;
    if (bearer !== undefined) head += `authorization: Bearer ${bearer}\r\n`;
    for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
    if (json === undefined) return origin.send(method === 'POST' ? `${head}content-length: 0\r\n\r\n` : `${head}\r\n`);
    const body = JSON.stringify(json);
    return origin.send(`${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** Closes every connection; what waits is rejected. */
  close(): void {
    clearInterval(this.#sweep);
    for (const origin of this.#origins.values()) origin.close();
  }
}

type Turn = (connection: Connection | undefined) => void;

class Origin {
  readonly host: string;
  readonly #hostname: string;
  readonly #port: number;
  readonly #limit: number;
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  readonly #turns = new Queue<Turn>();
  #closed = false;

  constructor(base: string, limit: number) {
    const { host, hostname, port, protocol } = new URL(base);
    if (protocol !== 'http:') throw new Error(`Simulated buyers speak plain HTTP only, not ${protocol} (${base}).`);
    this.host = host;
    this.#hostname = hostname.replace(/^\[|\]$/g, '');
    this.#port = Number(port) || 80;
    this.#limit = limit;
  }

  async send(request: string): Promise<HttpAnswer> {
    if (this.#closed) throw new NoAnswer('the client was closed', false);
    const connection = this.#take() ?? (await new Promise<Connection | undefined>((resolve) => this.#turns.push(resolve)));
    if (connection === undefined) throw new NoAnswer('the client was closed', false);
    try {
      const { status, body } = await connection.send(request);
      return { status, body, ms: performance.now() - connection.sentAt };
    } finally {
      this.#give(connection);
    }
  }

  expire(sentBefore: number, timeoutMs: number): void {
    const idle = new Set(this.#idle);
    for (const connection of this.#open) {
      if (!idle.has(connection) && connection.sentAt < sentBefore) connection.destroy(`no answer within ${timeoutMs / 1000} s`);
    }
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#open) connection.destroy('the client was closed');
    for (let turn = this.#turns.shift(); turn !== undefined; turn = this.#turns.shift()) turn(undefined);
  }

  #take(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isOpen) return idle;
    if (this.#open.size >= this.#limit) return undefined;
    const connection: Connection = new Connection(this.#hostname, this.#port, () => {
      this.#open.delete(connection);
      // A waiting request may open a new connection.
      if (this.#turns.length > 0 && !this.#closed) {
        const next = this.#take();
        if (next !== undefined) this.#handOn(next);
      }
    });
    this.#open.add(connection);
    return connection;
  }

  #give(connection: Connection): void {
    if (connection.isOpen) this.#handOn(connection);
  }

  #handOn(connection: Connection): void {
    const turn = this.#turns.shift();
    if (turn === undefined) this.#idle.push(connection);
    else turn(connection);
  }
}
