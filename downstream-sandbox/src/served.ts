import type { IncomingHttpHeaders } from 'node:http';

export interface Request {
  method: string;
  /** Without the query. */
  path: string;
  /** With its question mark; empty if there is none. */
  query: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The request is taken and not answered: its caller waits until it gives up. */
export const NEVER = Symbol('never');

export type Served = { status: number; contentType: string; body: string; delayMs?: number } | typeof NEVER;

export const json = (status: number, value: object, delayMs = 0): Served => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
  delayMs,
});
