import autocannon from 'autocannon';
import { Latencies } from 'simulation';

export interface HammerOptions {
  gateway: string;
  connections: number;
  /** Each is sent in turn, over and over. */
  tokens: readonly string[];
  /** Requests in all … */
  amount?: number;
  /** … or seconds. */
  duration?: number;
}

export interface HammerResult {
  seconds: number;
  answers: Map<string, Latencies>;
  /** Reservation ids of the winners. */
  won: Set<string>;
  errors: number;
}

/** Sends purchase tokens with autocannon. */
export function hammer({ gateway, connections, tokens, ...howLong }: HammerOptions): Promise<HammerResult> {
  const answers = new Map<string, Latencies>();
  const won = new Set<string>();
  let next = 0;
  /** Of the answer whose time comes with the event after this one. */
  let code = '';
  return new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url: gateway,
        connections: Math.min(connections, howLong.amount ?? connections),
        ...howLong,
        requests: [
          {
            method: 'POST',
            path: '/api/reservations',
            headers: { 'content-type': 'application/json' },
            setupRequest: (request) => ({ ...request, body: `{"purchaseToken":"${tokens[next++ % tokens.length]}"}` }),
            onResponse: (_, body) => {
              code = /"(?:code|status)":"([A-Z_]+)"/.exec(body)?.[1] ?? 'UNREADABLE';
              if (code === 'RESERVED') won.add(/"reservationId":"([^"]+)"/.exec(body)?.[1] ?? '');
            },
          },
        ],
      },
      (error, result) => {
        if (error !== null) reject(error);
        else resolve({ seconds: result.duration, answers, won, errors: result.errors + result.timeouts });
      },
    );
    instance.on('response', (_, __, ___, ms) => {
      let latencies = answers.get(code);
      if (latencies === undefined) {
        latencies = new Latencies();
        answers.set(code, latencies);
      }
      latencies.add(ms);
    });
  });
}
