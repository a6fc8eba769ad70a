import {
  BatchConsumer,
  type BatchConsumerOptions,
  type DeadLetter,
  deadLetter,
  type Log,
  MalformedMessage,
  type Parts,
} from 'seckill-core';
import { onTestFinished } from 'vitest';
import { type Nats, PATIENCE_MS } from './use-nats.ts';

/** What a client throws if its server is away. */
export class Outage extends Error {
  readonly code = 'ECONNREFUSED';
}

/** Records the messages of log lines. */
export class RecordedLog implements Log {
  readonly lines: string[] = [];
  info = (_: object, message: string) => void this.lines.push(message);
  warn = this.info;
  error = this.info;
}

export type Wanted = Partial<BatchConsumerOptions<string>> &
  Pick<BatchConsumerOptions<string>, 'stream' | 'handle'> & {
    /** Called with each message that arrives, before it is handled. */
    arrived?: (text: string) => void;
  };

/** A text that begins with "malformed" cannot be read. */
const partsOf = (texts: string[]): Parts<string> => ({
  parts: texts.map((text) => (text.startsWith('malformed') ? { fault: `Not a text: ${text}.` } : { value: text })),
  alone: (index) => ({ data: texts[index] ?? '', messageId: `part-${index}` }),
});

/** Starts a consumer of texts that stops at the end of the test. A message "a+b" holds two. */
export async function consume({ nc, publisher }: Nats, { arrived, ...wanted }: Wanted): Promise<BatchConsumer<string>> {
  const consumer = new BatchConsumer<string>({
    nc,
    publisher,
    log: new RecordedLog(),
    durable: `of-${wanted.stream}`,
    decode: (data) => {
      const text = Buffer.from(data).toString();
      arrived?.(text);
      if (text.includes('+')) return partsOf(text.split('+'));
      if (text.startsWith('malformed')) throw new MalformedMessage(`Not a text: ${text}.`);
      return { parts: [{ value: text }] };
    },
    // A stalled process does not extend the ack wait of what it holds. So long, a stall causes no redelivery.
    ackWaitMs: PATIENCE_MS,
    ...wanted,
  });
  onTestFinished(() => consumer.stop());
  return consumer.start();
}

export async function publishTexts({ publisher }: Nats, stream: string, texts: string[]): Promise<void> {
  await Promise.all(texts.map((text) => publisher.publish(`${stream}.a`, text, `${stream}:${text}`)));
}

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `text-${index}`);

export async function deadLettersOf({ jsm }: Nats, durable: string): Promise<DeadLetter[]> {
  const subject = deadLetter.subject({ consumer: durable });
  const { state } = await jsm.streams.info('SECKILL_DEAD_LETTERS', { subjects_filter: subject });
  const letters: DeadLetter[] = [];
  // A stream that has never had a message begins at 0.
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
    const message = await jsm.streams.getMessage('SECKILL_DEAD_LETTERS', { seq });
    if (message?.subject === subject) letters.push(deadLetter.decode(message.data));
  }
  return letters;
}

/**
 * Returns whether every message was acknowledged or given up. A stream acknowledges a message before its consumers count it as pending, so
 * this also checks that the last message was delivered.
 */
export async function isAtRest({ jsm }: Nats, stream: string, durable = `of-${stream}`): Promise<boolean> {
  const { state } = await jsm.streams.info(stream);
  const { delivered, num_pending, num_ack_pending } = await jsm.consumers.info(stream, durable);
  return delivered.stream_seq >= state.last_seq && num_pending === 0 && num_ack_pending === 0;
}
