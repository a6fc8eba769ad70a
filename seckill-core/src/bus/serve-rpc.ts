import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Static, TSchema } from 'typebox';
import { ANSWERS, type AnswerCode } from '../domain/answers.ts';
import { Problem } from '../domain/problem.ts';
import { MalformedMessage } from '../events/define-event.ts';
import { atEndOfTurn } from '../process/end-of-turn.ts';
import { isOutage } from '../process/is-outage.ts';
import type { Log } from '../process/log.ts';
import { CallLane } from './call-lane.ts';
import { TIMEOUT_HEADER } from './requests.ts';
import { type Envelope, type Rpc, retryAfterMs } from './rpc.ts';

const DEFAULT_BOUNDS = { running: 64, waiting: 1_024 };
/** What the envelope and the protocol add to a value, with room to spare. */
const ENVELOPE_BYTES = 1_024;

/** Handles a call. Its caller gives up at `giveUpAt`, of `performance.now()`: what has not begun by then need not be done. */
export type RpcHandler<Request extends TSchema, Reply extends TSchema> = (
  request: Static<Request>,
  giveUpAt: number,
) => Promise<Static<Reply>>;

/**
 * Serves calls until the subscription is drained. A {@link Problem} goes to the caller; an outage becomes UNAVAILABLE, any other error INTERNAL.
 * The lane bounds the calls: if it is full, the caller gets UNAVAILABLE at once. A call whose caller has given up is not started.
 */
export function serveRpc<Request extends TSchema, Reply extends TSchema>(
  nc: NatsConnection,
  rpc: Rpc<Request, Reply>,
  handle: RpcHandler<Request, Reply>,
  log: Pick<Log, 'error'>,
  lane = new CallLane(DEFAULT_BOUNDS),
): Subscription {
  const respond = (message: Msg, envelope: Envelope) => {
    atEndOfTurn(() => {
      try {
        message.respond(Buffer.from(encode(nc, rpc.name, envelope, log)));
      } catch (error) {
        // The connection is gone: the caller times out.
        log.error({ err: error, rpc: rpc.name }, 'a call could not be answered');
      }
    });
  };
  const answer = async (message: Msg, giveUpAt: number): Promise<Envelope> => {
    try {
      return { value: await handle(rpc.decodeRequest(message.data), giveUpAt) };
    } catch (error) {
      if (error instanceof Problem) return problem(error.code, error.message, error.retryAfterMs);
      if (error instanceof MalformedMessage) return problem('VALIDATION_FAILED', error.message);
      if (performance.now() >= giveUpAt) return problem('UNAVAILABLE', undefined, retryAfterMs());
      log.error({ err: error, rpc: rpc.name }, 'a call failed');
      return isOutage(error) ? problem('UNAVAILABLE', undefined, retryAfterMs()) : problem('INTERNAL');
    }
  };
  return nc.subscribe(rpc.subject, {
    ...(rpc.queue === undefined ? {} : { queue: rpc.queue }),
    callback: (error, message) => {
      if (error !== null) return;
      lane.enter({
        budgetMs: budgetOf(message, rpc.timeoutMs),
        run: async (giveUpAt) => respond(message, await answer(message, giveUpAt)),
        drop: (reason) => {
          if (reason !== 'late') respond(message, problem('UNAVAILABLE', BUSY[reason], retryAfterMs()));
        },
      });
    },
  });
}

const BUSY = {
  full: 'The order service has more calls than it can serve. Try again.',
  stopping: 'This worker is stopping. Try again: another worker will answer.',
} as const;

/** The caller's clock may differ from ours, so the header holds a duration. It counts from the arrival here. */
function budgetOf(message: Msg, timeoutMs: number): number {
  const stated = Number(message.headers?.get(TIMEOUT_HEADER) || timeoutMs);
  return Number.isFinite(stated) && stated > 0 ? stated : timeoutMs;
}

/** A reply larger than a message may be becomes INTERNAL. Lists are cut to fit, so this is a fault of ours. */
function encode(nc: NatsConnection, name: string, envelope: Envelope, log: Pick<Log, 'error'>): string {
  const text = JSON.stringify(envelope);
  const most = (nc.info?.max_payload ?? Number.POSITIVE_INFINITY) - ENVELOPE_BYTES;
  const bytes = Buffer.byteLength(text);
  if (bytes <= most) return text;
  log.error({ rpc: name, bytes, most }, 'the reply to a call is larger than a NATS message may be');
  return JSON.stringify(problem('INTERNAL'));
}

function problem(code: AnswerCode, detail: string = ANSWERS[code].detail, retryAfterMs?: number): Envelope {
  return { problem: { code, detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } };
}
