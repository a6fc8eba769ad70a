import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** An answer is a small JSON object. What is longer is no answer of a provider. */
const MOST_BYTES = 64 * 1_024;

/** Connections to one server that are kept open. `fetch` would open one for each concurrent request, without a bound. */
export class HttpPool {
  readonly #isHttps: boolean;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: string, connections: number) {
    this.#isHttps = url.startsWith('https:');
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
    this.#agent = this.#isHttps ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** Posts JSON. Rejects if there is no whole answer, or if the signal aborts; also while the request waits for a connection. */
  async post(url: string, body: object, signal: AbortSignal): Promise<{ status: number; body: string }> {
    signal.throwIfAborted();
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const send = this.#isHttps ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, { method: 'POST', agent: this.#agent, headers, signal }, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) request.destroy(new Error(`The answer is longer than ${MOST_BYTES} bytes.`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      });
      request.on('error', reject);
      request.end(text);
    });
  }
}
