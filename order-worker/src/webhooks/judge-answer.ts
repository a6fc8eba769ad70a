import type { IncomingHttpHeaders } from 'node:http';

/** What an attempt means for its delivery. */
export type Verdict =
  | { result: 'delivered' }
  /** `afterMs`: the receiver asked for this pause. */
  | { result: 'retry'; error: string; afterMs?: number }
  /** The receiver wants no more events. */
  | { result: 'gone'; error: string };

/** A receiver can't hold an event back for longer, ms. */
const LONGEST_ASKED_PAUSE_MS = 60 * 60_000;

/** Judges an answer. `now` in ms: `Retry-After` may be a date. */
export function judgeAnswer({ status, headers }: { status: number; headers: IncomingHttpHeaders }, now: number): Verdict {
  if (status >= 200 && status < 300) return { result: 'delivered' };
  if (status === 410) return { result: 'gone', error: 'The receiver answered 410 Gone.' };
  const error =
    status >= 300 && status < 400
      ? `The receiver answered ${status}. Redirects are not followed: set the new URL.`
      : `The receiver answered ${status}.`;
  const afterMs = status === 429 || status === 503 ? readRetryAfter(headers['retry-after'], now) : undefined;
  return afterMs === undefined ? { result: 'retry', error } : { result: 'retry', error, afterMs };
}

function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_ASKED_PAUSE_MS);
}
