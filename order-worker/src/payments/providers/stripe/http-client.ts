import { reasonOf } from 'seckill-core';
import type { Stripe } from 'stripe';
import { HttpPool } from '../../../servers/http-pool.ts';

type HttpClient = NonNullable<Stripe.StripeConfig['httpClient']>;
type Request = Parameters<HttpClient['makeRequest']>;

/** Requests at once. A rush waits here rather than at Stripe, which limits an account to 100 a second. */
const CONNECTIONS = 64;
/** A page of 100 balance transactions with their charges has up to 1 MB. */
const MOST_BYTES = 8 * 1_024 * 1_024;

/** Sends the SDK's requests over kept connections. The SDK's own client bounds neither the wait for a connection nor a slow answer. */
export class PooledHttpClient implements HttpClient {
  readonly #pool: HttpPool;

  constructor(url: string) {
    this.#pool = new HttpPool(url, CONNECTIONS);
  }

  getClientName(): string {
    return 'node';
  }

  async makeRequest(...call: Request): ReturnType<HttpClient['makeRequest']> {
    const [, , path, method, headers, body, , timeoutMs] = call;
    if (method !== 'GET' && method !== 'POST') throw new Error(`No request to Stripe is a ${method}.`);
    const sent = {
      method,
      path,
      headers: texts(headers),
      mostBytes: MOST_BYTES,
      ...(method === 'POST' ? { body } : {}),
    } as const;
    const answer = await this.#pool.send(sent, performance.now() + timeoutMs).catch((cause: unknown) => {
      // Without a code: the SDK would try once more after ECONNRESET, when the time may be up.
      throw new Error(reasonOf(cause), { cause });
    });
    return {
      getStatusCode: () => answer.status,
      // Of the others, the SDK would write Stripe-Notice to stderr.
      getHeaders: () => ({ 'request-id': String(answer.headers['request-id'] ?? '') }),
      getRawResponse: () => ({}),
      toStream: () => {
        throw new Error('No answer of Stripe is read as a stream.');
      },
      toJSON: async () => JSON.parse(answer.body.toString('utf8')),
    };
  }
}

function texts(headers: Request[4]): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) all[name] = String(value);
  return all;
}
