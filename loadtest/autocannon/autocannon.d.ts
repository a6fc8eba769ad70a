/** What is used of autocannon 9, which brings no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Request {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
  }

  interface Options {
    url: string;
    connections: number;
    /** Requests in all … */
    amount?: number;
    /** … or seconds. */
    duration?: number;
    timeout?: number;
    requests: {
      method: string;
      path: string;
      headers: Record<string, string>;
      setupRequest: (request: Request) => Request;
      onResponse: (status: number, body: string) => void;
    }[];
  }

  interface Result {
    duration: number;
    errors: number;
    timeouts: number;
    requests: { total: number };
  }

  interface Instance extends EventEmitter {
    on(event: 'response', listener: (client: unknown, status: number, bytes: number, ms: number) => void): this;
  }

  export default function autocannon(options: Options, done: (error: Error | null, result: Result) => void): Instance;
}
