import { type DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** A read that is silent for so long meets a server that is away. */
const IDLE_MS = 5_000;
/** Read ahead of who takes them. */
const READ_AHEAD = 2_000;

export interface ReadFrom {
  stream: string;
  subject: string;
  start:
    | { deliver_policy: typeof DeliverPolicy.StartSequence; opt_start_seq: number }
    | { deliver_policy: typeof DeliverPolicy.StartTime; opt_start_time: string };
}

export class StreamSilent extends Error {
  /** As the client's own: an outage. */
  override readonly name = 'TimeoutError';
}

/** The messages of a stream from somewhere to the end that it has now, in order, without a trace in any consumer's state. */
export async function* readToEnd(nc: NatsConnection, { stream, subject, start }: ReadFrom): AsyncGenerator<JsMsg> {
  const consumer = await jetstream(nc).consumers.get(stream, { filter_subjects: subject, ...start });
  let left = (await consumer.info()).num_pending;
  if (left === 0) return;
  const messages = await consumer.consume({ max_messages: READ_AHEAD });
  const idle = setTimeout(() => messages.stop(), IDLE_MS);
  try {
    for await (const message of messages) {
      idle.refresh();
      left -= 1;
      yield message;
      if (left === 0) return;
    }
  } finally {
    clearTimeout(idle);
    messages.stop();
  }
  throw new StreamSilent(`${stream} fell silent with ${left} messages of ${subject} unread.`);
}
