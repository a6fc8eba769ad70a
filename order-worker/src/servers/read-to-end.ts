import type { NatsConnection } from '@nats-io/transport-node';
import { ConsumerLost, type StreamMessage } from 'seckill-core';
import { ReadAhead, type ReadFrom } from './read-ahead.ts';

/** If a read receives nothing for this long, the server is away. */
const IDLE_MS = 5_000;
/** Read ahead of the caller: two requests. */
const ROOM = { messages: 200, bytes: 1_024 ** 2 };

/** Yields the messages of a stream in order, from `start` to its present end, and leaves no consumer state behind. Throws {@link ConsumerLost}. */
export async function* readToEnd(nc: NatsConnection, from: ReadFrom): AsyncGenerator<StreamMessage> {
  const reader = await ReadAhead.open(nc, from, ROOM);
  let left = reader.present;
  try {
    while (left > 0) {
      const messages = await reader.take(IDLE_MS);
      if (messages === undefined || messages.length === 0)
        throw new ConsumerLost(`${from.stream} sent nothing for ${IDLE_MS / 1000} s, with ${left} messages unread.`);
      for (const message of messages) {
        left -= 1;
        yield message;
        if (left === 0) return;
      }
    }
  } finally {
    await reader.stop();
  }
}
