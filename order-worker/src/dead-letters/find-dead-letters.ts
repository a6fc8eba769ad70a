import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DeadLetter, deadLetter, MalformedMessage, Problem, STREAMS } from 'seckill-core';
import { readToEnd } from '../servers/read-to-end.ts';

const stream = STREAMS.deadLetters.name;

/** A dead letter as it lies in its stream. */
export interface StoredLetter {
  seq: number;
  /** Undefined where what lies there is none of our letters. */
  letter: DeadLetter | undefined;
  /** Why it is none. */
  fault?: string;
}

/** The oldest first. `consumer`: only those of this one. */
export async function findDeadLetters(nc: NatsConnection, consumer = '*'): Promise<StoredLetter[]> {
  const subject = deadLetter.subject({ consumer });
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
  const letters: StoredLetter[] = [];
  for await (const message of readToEnd(nc, { stream, subject, start })) letters.push(open(message.seq, message.data));
  return letters;
}

/** Throws NOT_FOUND where there is none. */
export async function findDeadLetter(nc: NatsConnection, seq: number): Promise<StoredLetter> {
  const { streams } = await jetstreamManager(nc);
  const message = seq < 1 ? null : await streams.getMessage(stream, { seq });
  if (message === null) throw new Problem('NOT_FOUND', `There is no dead letter ${seq}.`);
  return open(seq, message.data);
}

/** Takes it out of the dead letters for good. */
export async function deleteDeadLetter(nc: NatsConnection, seq: number): Promise<void> {
  const { streams } = await jetstreamManager(nc);
  try {
    await streams.deleteMessage(stream, seq, false);
  } catch (error) {
    // Somebody else was as quick.
    if ((await streams.getMessage(stream, { seq })) !== null) throw error;
  }
}

function open(seq: number, data: Uint8Array): StoredLetter {
  try {
    return { seq, letter: deadLetter.decode(data) };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    return { seq, letter: undefined, fault: error.message };
  }
}
