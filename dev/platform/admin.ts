import { setTimeout as pause } from 'node:timers/promises';

/** The admin API of a platform that is being started or broken: tries any gateway until one answers. */
export class Admin {
  readonly #gatewayUrls: readonly string[];
  readonly #token: string;

  constructor(gatewayUrls: readonly string[], token: string) {
    this.#gatewayUrls = gatewayUrls;
    this.#token = token;
  }

  /** Throws with the last problem where no gateway gives a good answer within `withinMs`. */
  async call<T>(method: 'GET' | 'POST', path: string, body?: object, withinMs = 30_000): Promise<T> {
    const until = Date.now() + withinMs;
    let last = 'no answer';
    for (let tries = 0; Date.now() < until; tries += 1) {
      const gateway = this.#gatewayUrls[tries % this.#gatewayUrls.length];
      try {
        const response = await fetch(`${gateway}/api/admin${path}`, {
          method,
          headers: {
            authorization: `Bearer ${this.#token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          signal: AbortSignal.timeout(10_000),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const answer = await response.text();
        if (response.ok) return JSON.parse(answer) as T;
        last = `${response.status} ${answer}`;
        if (response.status < 500) break;
      } catch (error) {
        last = (error as Error).message;
      }
      await pause(200);
    }
    throw new Error(`${method} /api/admin${path} had no good answer within ${withinMs / 1000} s. The last one: ${last}`);
  }
}
