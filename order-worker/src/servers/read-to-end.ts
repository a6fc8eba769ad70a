import { type ConsumerMessages, type DeliverPolicy, type JsMsg, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

/** If a read receives nothing for this long, the server is away. */
const IDLE_MS = 5_000;
/** Messages read ahead of the caller. One may have half a megabyte. */
const READ_AHEAD = 100;

export interface ReadFrom {
  stream: string;
  subject: string;
  start:
    | { deliver_policy: typeof DeliverPolicy.StartSequence; opt_start_seq: number }
    | { deliver_policy: typeof DeliverPolicy.StartTime; opt_start_time: string };
  /** Leaves the messages' data out. */
  headersOnly?: boolean;
}

class StreamSilent extends Error {
  /** The client's own name for it, so that isOutage recognises it. */
  override readonly name = 'TimeoutError';
}

/** Yields the messages of a stream in order, from `start` to its present end, and leaves no consumer state behind. Throws {@link StreamSilent}. */
export async function* readToEnd(
  nc: NatsConnection,
  { stream, subject, start, headersOnly = false }: ReadFrom,
): AsyncGenerator<JsMsg> {
  const consumer = await jetstream(nc).consumers.get(stream, { filter_subjects: subject, headers_only: headersOnly, ...start });
  let left = 0;
  let messages: ConsumerMessages | undefined;
  const idle = setTimeout(() => messages?.stop(), IDLE_MS);
  try {
    left = (await consumer.info()).num_pending;
    if (left === 0) return;
    messages = await consumer.consume({ max_messages: READ_AHEAD });
    for await (const message of messages) {
      idle.refresh();
      left -= 1;
      yield message;
      if (left === 0) return;
    }
  } finally {
    clearTimeout(idle);
    messages?.stop();
    // Else the server keeps it for five minutes, and an account may have no more than so many.
    consumer.delete().catch(() => undefined);
  }
  throw new StreamSilent(`${stream} sent nothing for ${IDLE_MS / 1000} s, with ${left} messages of ${subject} unread.`);
}
