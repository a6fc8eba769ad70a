import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { AddressRules } from './address-rules.ts';

/** Of an answer's body, for the delivery log. The rest is not read. */
const MOST_BYTES = 2_048;

export interface WebhookAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The beginning of the body. */
  text: string;
}

/** A connection that had been kept open broke before the answer: most likely the receiver had just closed it as idle. */
class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

/** Connections to one endpoint. Follows no redirects, and connects only to addresses that the rules allow. */
export class WebhookPool {
  readonly #url: URL;
  readonly #rules: AddressRules;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: string, rules: AddressRules, connections: number) {
    this.#url = new URL(url);
    this.#rules = rules;
    const options = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
    this.#agent = this.#isHttps ? new HttpsAgent(options) : new HttpAgent(options);
  }

  get #isHttps(): boolean {
    return this.#url.protocol === 'https:';
  }

  /**
   * Posts a body. Rejects if the address is refused, or if there is no answer after `withinMs`. If a kept connection breaks, the body is sent once more
   * over a new one: the receiver recognises its id.
   */
  async post(body: string, headers: Readonly<Record<string, string>>, withinMs: number): Promise<WebhookAnswer> {
    const giveUpAt = performance.now() + withinMs;
    this.#rules.checkUrl(this.#url);
    try {
      return await this.#try(body, headers, giveUpAt, this.#agent);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return this.#try(body, headers, giveUpAt, false);
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  #try(
    body: string,
    headers: Readonly<Record<string, string>>,
    giveUpAt: number,
    agent: HttpAgent | false,
  ): Promise<WebhookAnswer> {
    const leftMs = Math.max(1, giveUpAt - performance.now());
    const send = this.#isHttps ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      let answered = false;
      const options = {
        method: 'POST',
        agent,
        lookup: this.#rules.lookup(this.#isHttps),
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
      };
      const request = send(this.#url, options, (response) => {
        answered = true;
        readBeginning(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          reject,
        );
      });
      const timer = setTimeout(() => {
        const error = new Error('its time was up');
        // A request that still waits for a connection reports nothing when it is destroyed.
        reject(error);
        request.destroy(error);
      }, leftMs);
      request.on('close', () => clearTimeout(timer));
      request.on('error', (error) => {
        const isStale = request.reusedSocket && !answered && performance.now() < giveUpAt;
        reject(isStale ? new StaleConnection(error.message, { cause: error }) : error);
      });
      request.end(body);
    });
  }
}

/** Reads on only if the body is short, so that its connection can be used again. */
function readBeginning(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const text = () => Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8').replaceAll('\0', '');
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes < MOST_BYTES) return;
      resolve(text());
      response.destroy();
    });
    response.on('error', reject);
    response.on('end', () => resolve(text()));
  });
}
