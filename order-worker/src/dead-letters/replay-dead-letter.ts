import { type DeadLetter, Problem } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { deleteDeadLetter, findDeadLetter } from './find-dead-letters.ts';

export interface Replayed {
  seq: number;
  subject: string;
  /** Sequence in its stream of the message that now waits to be handled. */
  storedAs: number;
  messageId: string;
}

/** Suffix of the id under which a message is published again while JetStream still remembers its original id. */
const AGAIN = ':replay:';

/** Returns the id of the first message; the id of a replay contains it. */
export const originalIdOf = (messageId: string): string => messageId.split(AGAIN)[0] ?? messageId;

/**
 * Publishes the message of a dead letter again, to the subject it came from, then deletes the letter. A crash in between leaves a letter that can
 * be replayed again; a message handled twice takes effect once. Throws NOT_FOUND and VALIDATION_FAILED.
 */
export async function replayDeadLetter(
  { nc, publisher }: Pick<WorkerContext, 'nc' | 'publisher'>,
  seq: number,
): Promise<Replayed> {
  const { letter, fault } = await findDeadLetter(nc, seq);
  if (letter === undefined) {
    throw new Problem('VALIDATION_FAILED', `Dead letter ${seq} cannot be published again: ${fault} Discard it.`);
  }
  const published = await publishAgain(publisher, letter);
  await deleteDeadLetter(nc, seq);
  return { seq, subject: letter.subject, ...published };
}

/**
 * Publishes under the original id. JetStream remembers that id for two minutes and silently drops a repeated message; its acknowledgement names
 * the message it remembers. If that is the dead one, publishes under a marked id. If it is a later one, the letter was replayed before.
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
