import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
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
  readonly #isHttps: boolean;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: string, connections: number) {
    this.#isHttps = url.startsWith('https:');
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
    this.#agent = this.#isHttps ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /**
   * Posts JSON, which must be idempotent: if a kept connection breaks, it is sent once more over a new one. Rejects if there is no whole answer, or
   * if the signal aborts; also while the request waits for a connection.
   */
  async post(url: string, body: object, signal: AbortSignal): Promise<Answer> {
    const text = JSON.stringify(body);
    try {
      return await this.#send(url, text, signal, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      // All kept connections may be broken, so not from the pool.
      return this.#send(url, text, signal, false);
    }
  }

  #send(url: string, text: string, signal: AbortSignal, agent: HttpAgent | false): Promise<Answer> {
    signal.throwIfAborted();
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const send = this.#isHttps ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let answered = false;
      const request = send(url, { method: 'POST', agent, headers, signal }, (response) => {
        answered = true;
        readWhole(request, response).then(resolve, reject);
      });
      request.on('error', (error) => {
        const isStale = request.reusedSocket && !answered && !signal.aborted;
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
