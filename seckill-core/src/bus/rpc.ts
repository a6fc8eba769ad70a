import { headers, type NatsConnection, NoRespondersError, TimeoutError } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import type { AnswerCode } from '../domain/answers.ts';
import { Problem } from '../domain/problem.ts';
import { decoder } from '../events/define-event.ts';

/** A call from the gateway to any free worker, over core NATS. */
export interface Rpc<Request extends TSchema, Reply extends TSchema> {
  readonly name: string;
  readonly subject: string;
  readonly request: Request;
  readonly reply: Reply;
  readonly decodeRequest: (data: Uint8Array) => Static<Request>;
  /** How long a caller waits for the reply. */
  readonly timeoutMs: number;
}

export function defineRpc<Request extends TSchema, Reply extends TSchema>(
  name: string,
  request: Request,
  reply: Reply,
  timeoutMs = 3_000,
): Rpc<Request, Reply> {
  const decodeRequest = decoder(`${name} request`, request);
  return { name, subject: `seckill.rpc.${name}`, request, reply, decodeRequest, timeoutMs };
}

export type Envelope = { value: unknown } | { problem: { code: AnswerCode; detail: string; retryAfterMs?: number } };

/** Says how long the caller waits, in ms. After that a worker need not start the call. */
export const TIMEOUT_HEADER = 'Seckill-Timeout-Ms';

const RETRY_AFTER_MS = 1_000;

/** When to try again, ms. It differs from caller to caller, so that those who were refused together do not come back together. */
export function retryAfterMs(): number {
  return Math.ceil(RETRY_AFTER_MS * (0.5 + Math.random()));
}

/**
 * Calls a worker. Throws the worker's {@link Problem}, or UNAVAILABLE if no worker replies in time. The outcome is then unknown, so every
 * call that changes something may be repeated.
 */
export async function callRpc<Request extends TSchema, Reply extends TSchema>(
  nc: NatsConnection,
  rpc: Rpc<Request, Reply>,
  request: Static<Request>,
  timeoutMs = rpc.timeoutMs,
): Promise<Static<Reply>> {
  const envelope = await ask(nc, rpc.subject, JSON.stringify(request), timeoutMs);
  if ('problem' in envelope) throw new Problem(envelope.problem.code, envelope.problem.detail, envelope.problem.retryAfterMs);
  return envelope.value as Static<Reply>;
}

async function ask(nc: NatsConnection, subject: string, request: string, timeout: number): Promise<Envelope> {
  try {
    const sent = headers();
    sent.set(TIMEOUT_HEADER, String(timeout));
    return (await nc.request(subject, request, { timeout, headers: sent })).json<Envelope>();
  } catch (error) {
    const noWorker = error instanceof NoRespondersError || (error as Error).cause instanceof NoRespondersError;
    if (noWorker || error instanceof TimeoutError || nc.isClosed()) {
      throw new Problem('UNAVAILABLE', 'No order worker answers at the moment. Try again.', retryAfterMs());
    }
    throw error;
  }
}
