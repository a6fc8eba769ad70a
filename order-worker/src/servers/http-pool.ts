import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** An answer is a small JSON object. What is longer is no answer that is expected. */
const MOST_BYTES = 64 * 1_024;

export interface HttpCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Appended to the pool's base. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Of the answer. Default 64 KiB. */
  mostBytes?: number;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A connection that had been kept open broke before the answer: most likely the server had just closed it as idle. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Connections to one server that are kept open. `fetch` would open one for each concurrent request, without a bound. */
export class HttpPool {
  readonly #send: typeof httpRequest;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #server: Pick<RequestOptions, 'protocol' | 'hostname' | 'port' | 'auth'>;
  readonly #path: string;

  /** @param base Address that every path is appended to. */
  constructor(base: string, connections: number) {
    const { protocol, hostname, port, username, password, pathname } = new URL(base);
    const isHttps = protocol === 'https:';
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
    this.#send = isHttps ? httpsRequest : httpRequest;
    this.#agent = isHttps ? new HttpsAgent(options) : new HttpAgent(options);
    const auth = username === '' ? {} : { auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}` };
    // Read once: reading an address costs more than the rest of a request's options.
    this.#server = { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, ...auth };
    this.#path = pathname.replace(/\/$/, '');
  }

  /**
   * Sends a request, which must be idempotent: if a kept connection breaks, it is sent once more over a new one. Rejects if there is no whole answer
   * at `giveUpAt`, of `performance.now()`, which includes the wait for a connection.
   */
  async send(call: HttpCall, giveUpAt: number): Promise<HttpAnswer> {
    try {
      return await this.#try(call, giveUpAt, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // All kept connections may be broken, so not from the pool.
      return this.#try(call, giveUpAt, false);
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  #try(call: HttpCall, giveUpAt: number, agent: HttpAgent | false): Promise<HttpAnswer> {
    const left = giveUpAt - performance.now();
    if (left <= 0) return Promise.reject(new Error('there was no time left to ask it'));
    const { method, path, body, mostBytes = MOST_BYTES } = call;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const headers = { ...call.headers, ...length };
    return new Promise((resolve, reject) => {
      let answered = false;
      let late = false;
      const request = this.#send({ ...this.#server, path: this.#path + path, method, agent, headers }, (response) => {
        answered = true;
        readWhole(request, response, mostBytes).then(resolve, reject);
      });
      const timer = setTimeout(() => {
        late = true;
        const error = new Error('its time was up');
        // A request that still waits for a connection reports nothing when it is destroyed.
        reject(error);
        request.destroy(error);
      }, left);
      request.on('close', () => clearTimeout(timer));
      request.on('error', (error) => {
        const isStale = request.reusedSocket && !answered && !late;
        reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
      });
      request.end(body);
    });
  }
}

function readWhole(request: ClientRequest, response: IncomingMessage, mostBytes: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) request.destroy(new Error(`its answer is longer than ${mostBytes} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
    );
  });
}
