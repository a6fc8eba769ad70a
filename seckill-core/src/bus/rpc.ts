import { type NatsConnection, NoRespondersError } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import type { AnswerCode } from '../domain/answers.ts';
import { Problem } from '../domain/problem.ts';
import { decoder } from '../events/define-event.ts';
import { isOutage } from '../process/is-outage.ts';
import { requestsOf } from './requests.ts';

/** Workers share the calls: one member of the queue group answers each. */
export const RPC_QUEUE = 'order-worker';

/** A call from the gateway to any free worker, over core NATS. */
export interface Rpc<Request extends TSchema, Reply extends TSchema> {
  readonly name: string;
  readonly subject: string;
  /** The group whose members share the calls. */
  readonly queue: string | undefined;
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
  return { name, subject: `seckill.rpc.${name}`, queue: RPC_QUEUE, request, reply, decodeRequest, timeoutMs };
}

/**
 * Returns the same call for one worker alone. Without a queue group, the call reaches each of its connections: the server may still believe in
 * an old one that has gone silent.
 */
export const atWorker = <Call extends Pick<Rpc<TSchema, TSchema>, 'subject' | 'queue'>>(rpc: Call, workerId: string): Call => ({
  ...rpc,
  subject: `${rpc.subject}.${workerId}`,
  queue: undefined,
});

export type Envelope = { value: unknown } | { problem: { code: AnswerCode; detail: string; retryAfterMs?: number } };

const RETRY_AFTER_MS = 1_000;

/** When to try again, ms. It differs from caller to caller, so that those who were refused together do not come back together. */
export function retryAfterMs(): number {
  return Math.ceil(RETRY_AFTER_MS * (0.5 + Math.random()));
}

export interface CallOptions {
  timeoutMs?: number;
  /** The worker to call. If it has stopped, or without this, any worker is called. */
  workerId?: string | undefined;
}

/**
 * Calls a worker. Throws the worker's {@link Problem}, or UNAVAILABLE if no worker replies in time. The outcome is then unknown, so every
 * call that changes something may be repeated.
 */
export async function callRpc<Request extends TSchema, Reply extends TSchema>(
  nc: NatsConnection,
  rpc: Rpc<Request, Reply>,
  request: Static<Request>,
  { timeoutMs = rpc.timeoutMs, workerId }: CallOptions = {},
): Promise<Static<Reply>> {
  const envelope = await askWorker(nc, rpc, JSON.stringify(request), { timeoutMs, workerId }).catch((error) => {
    if (!isOutage(error) && !nc.isClosed()) throw error;
    throw new Problem('UNAVAILABLE', 'No order worker answers at the moment. Try again.', retryAfterMs());
  });
  if ('problem' in envelope) throw new Problem(envelope.problem.code, envelope.problem.detail, envelope.problem.retryAfterMs);
  return envelope.value as Static<Reply>;
}

async function askWorker(
  nc: NatsConnection,
  rpc: Rpc<TSchema, TSchema>,
  data: string,
  { timeoutMs, workerId }: { timeoutMs: number; workerId: string | undefined },
): Promise<Envelope> {
  const ask = async (subject: string): Promise<Envelope> => {
    const reply = await requestsOf(nc).send({ subject, data, timeoutMs, statesTimeout: timeoutMs !== rpc.timeoutMs });
    return reply.json<Envelope>();
  };
  if (workerId === undefined) return ask(rpc.subject);
  try {
    return await ask(atWorker(rpc, workerId).subject);
  } catch (error) {
    // The call was not delivered.
    if (!(error instanceof NoRespondersError)) throw error;
    return ask(rpc.subject);
  }
}
