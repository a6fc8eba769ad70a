import { type DeadLetter, Problem } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { deleteDeadLetter, findDeadLetter } from './find-dead-letters.ts';

export interface Replayed {
  seq: number;
  subject: string;
  /** Of the message that now waits to be handled. */
  storedAs: number;
  messageId: string;
}

/** Marks the id of a message that was published again while its own id was still remembered. */
const AGAIN = ':replay:';

/** Of the first message: that of a replay names it too. */
export const originalIdOf = (messageId: string): string => messageId.split(AGAIN)[0] ?? messageId;

/**
 * Publishes what a dead letter holds once more, where it came from, and takes the letter away. Published first: a crash in between leaves a
 * letter that can be replayed again, and what is handled twice takes effect once. Throws NOT_FOUND and VALIDATION_FAILED.
 */
export async function replayDeadLetter(
  { nc, publisher }: Pick<WorkerContext, 'nc' | 'publisher'>,
  seq: number,
): Promise<Replayed> {
  const { letter, fault } = await findDeadLetter(nc, seq);
  if (letter === undefined) {
    throw new Problem(
      'VALIDATION_FAILED',
      `Dead letter ${seq} holds nothing that could be published again: ${fault} Discard it.`,
    );
  }
  const published = await publishAgain(publisher, letter);
  await deleteDeadLetter(nc, seq);
  return { seq, subject: letter.subject, ...published };
}

/**
 * Under its own id. For two minutes after the message that died JetStream remembers that id, and would drop this one without a word; its answer
 * names the message that it remembers. Where that is the dead one, the id gets a mark. Any later one is this message, published again already.
 */
async function publishAgain(
  publisher: WorkerContext['publisher'],
  { stream, seq, subject, data, messageId }: DeadLetter,
): Promise<{ storedAs: number; messageId: string }> {
  const original = originalIdOf(messageId ?? `${stream}:${seq}`);
  const message = Buffer.from(data, 'base64');
  const first = await publisher.publish(subject, message, original);
  if (!first.duplicate || first.seq > seq) return { storedAs: first.seq, messageId: original };
  const marked = `${original}${AGAIN}${seq}`;
  const second = await publisher.publish(subject, message, marked);
  return { storedAs: second.seq, messageId: marked };
}
