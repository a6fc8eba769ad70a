import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** An answer is a small JSON object. What is longer is no answer of a provider. */
const MOST_BYTES = 64 * 1_024;

interface Answer {
  status: number;
  body: string;
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
   * Posts JSON, which must be idempotent: if a kept connection breaks, it is sent once more over a new one. Rejects if there is no whole answer
   * within `timeoutMs`, which includes the wait for a connection.
   */
  async post(path: string, body: object, timeoutMs: number): Promise<Answer> {
    const text = JSON.stringify(body);
    const until = performance.now() + timeoutMs;
    try {
      return await this.#post(path, text, until, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // All kept connections may be broken, so not from the pool.
      return this.#post(path, text, until, false);
    }
  }

  #post(path: string, text: string, until: number, agent: HttpAgent | false): Promise<Answer> {
    const left = until - performance.now();
    if (left <= 0) return Promise.reject(new Error('there was no time left to ask it'));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      let answered = false;
      let late = false;
      const request = this.#send({ ...this.#server, path: this.#path + path, method: 'POST', agent, headers }, (response) => {
        answered = true;
        readWhole(request, response).then(resolve, reject);
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
      request.end(text);
    });
  }
}

function readWhole(request: ClientRequest, response: IncomingMessage): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) request.destroy(new Error(`its answer is longer than ${MOST_BYTES} bytes`));
      else chunks.push(chunk);
    });
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
  });
}
