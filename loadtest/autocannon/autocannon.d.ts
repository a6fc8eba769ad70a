/** The part of autocannon 9 that `npm run load` uses. The package brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  namespace autocannon {
    interface Requests {
      method: string;
      path: string;
      headers: Record<string, string>;
      setupRequest: (request: object) => object;
      onResponse: (status: number, body: string) => void;
    }

    interface Load {
      url: string;
      connections: number;
      /** Number of requests, or … */
      amount?: number;
      /** … seconds. */
      duration?: number;
    }

    interface Result {
      duration: number;
      errors: number;
      timeouts: number;
    }

    interface Instance extends EventEmitter {
      on(event: 'response', listener: (client: unknown, status: number, bytes: number, ms: number) => void): this;
    }
  }

  function autocannon(
    options: autocannon.Load & { requests: autocannon.Requests[] },
    done: (error: Error | null, result: autocannon.Result) => void,
  ): autocannon.Instance;
  export default autocannon;
}
