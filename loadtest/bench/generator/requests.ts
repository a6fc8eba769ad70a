import { newReservationId, PurchaseTokens } from 'seckill-core';
import type { Bodies, Job } from './job.ts';

/** The next request's bytes as latin1 text; undefined when they are used up. */
export type NextRequest = () => string | undefined;

/** All user ids have the same length, so all bodies and requests do. */
const userId = (index: number) => `u${index.toString().padStart(8, '0')}`;

/** Everything that can be done before the clock runs is done here. */
export function prepareRequests({ origins, bodies }: Job): NextRequest {
  const { host } = new URL(origins[0] ?? '');
  const head = (length: number) =>
    `POST /api/reservations HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  if (bodies.kind === 'calls') return callsInTurn(host, bodies);
  if (bodies.kind === 'same') {
    const request = head(bodies.body.length) + bodies.body;
    return () => request;
  }
  const tokens = mint(bodies);
  const prefix = `${head((tokens[0]?.length ?? 0) + EMPTY_BODY)}{"purchaseToken":"`;
  let next = 0;
  return () => {
    const token = tokens[next];
    next += 1;
    return token === undefined ? undefined : `${prefix}${token}"}`;
  };
}

function callsInTurn(host: string, { method, paths, bearers }: Bodies & { kind: 'calls' }): NextRequest {
  const length = method === 'POST' ? 'content-length: 0\r\n' : '';
  let next = 0;
  return () => {
    const [path, bearer] = [paths[next % paths.length], bearers[next % bearers.length]];
    next += 1;
    return `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${bearer}\r\n${length}\r\n`;
  };
}

const EMPTY_BODY = '{"purchaseToken":""}'.length;

export function bodyOf(token: string): string {
  return `{"purchaseToken":"${token}"}`;
}

export function mint({ count, secret, itemIds, users, firstUser = 0, expiresAt }: Bodies & { kind: 'tokens' }): string[] {
  const tokens = new PurchaseTokens(secret);
  const now = Date.now();
  return Array.from({ length: count }, (_, index) =>
    tokens.sign({
      reservationId: newReservationId(itemIds[index % itemIds.length] ?? '', now),
      userId: userId(firstUser + (index % users)),
      expiresAt,
    }),
  );
}
