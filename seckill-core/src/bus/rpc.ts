import { type NatsConnection, NoRespondersError, type Subscription, TimeoutError } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import { ANSWERS, type AnswerCode } from '../domain/answers.ts';
import { Problem } from '../domain/problem.ts';
import { decoder, MalformedMessage } from '../events/define-event.ts';
import { isOutage } from '../process/is-outage.ts';
import type { Log } from '../process/log.ts';

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

type Envelope = { value: unknown } | { problem: { code: AnswerCode; detail: string; retryAfterMs?: number } };

/** Workers share the calls: one member of the queue group answers each. */
export const RPC_QUEUE = 'order-worker';
const RETRY_AFTER_MS = 1_000;

/** Serves calls until the subscription is drained. A {@link Problem} goes to the caller; an outage becomes UNAVAILABLE, any other error INTERNAL. */
export function serveRpc<Request extends TSchema, Reply extends TSchema>(
  nc: NatsConnection,
  rpc: Rpc<Request, Reply>,
  handle: (request: Static<Request>) => Promise<Static<Reply>>,
  log: Pick<Log, 'error'>,
): Subscription {
  return nc.subscribe(rpc.subject, {
    queue: RPC_QUEUE,
    callback: (error, message) => {
      if (error !== null) return;
      void answer(() => handle(rpc.decodeRequest(message.data)))
        .catch((fault: unknown): Envelope => {
          log.error({ err: fault, rpc: rpc.name }, 'a call failed');
          return isOutage(fault) ? problem('UNAVAILABLE', undefined, RETRY_AFTER_MS) : problem('INTERNAL');
        })
        .then((envelope) => message.respond(JSON.stringify(envelope)))
        // The connection is gone, or the reply is larger than a message may be: the caller times out.
        .catch((fault: unknown) => log.error({ err: fault, rpc: rpc.name }, 'a call could not be answered'));
    },
  });
}

async function answer(handle: () => Promise<unknown>): Promise<Envelope> {
  try {
    return { value: await handle() };
  } catch (error) {
    if (error instanceof Problem) return problem(error.code, error.message, error.retryAfterMs);
    if (error instanceof MalformedMessage) return problem('VALIDATION_FAILED', error.message);
    throw error;
  }
}

function problem(code: AnswerCode, detail: string = ANSWERS[code].detail, retryAfterMs?: number): Envelope {
  return { problem: { code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
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
    return (await nc.request(subject, request, { timeout })).json<Envelope>();
  } catch (error) {
    const noWorker = error instanceof NoRespondersError || (error as Error).cause instanceof NoRespondersError;
    if (noWorker || error instanceof TimeoutError || nc.isClosed()) {
      throw new Problem('UNAVAILABLE', 'No order worker answers at the moment. Try again.', RETRY_AFTER_MS);
    }
    throw error;
  }
}
