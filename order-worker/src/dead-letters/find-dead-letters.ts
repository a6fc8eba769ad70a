import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type DeadLetter, deadLetter, MalformedMessage, Problem, STREAMS, type StockReserved, winsIn } from 'seckill-core';
import { readToEnd } from '../servers/read-to-end.ts';

const stream = STREAMS.deadLetters.name;

/** A message in the stream of dead letters. */
export interface StoredLetter {
  seq: number;
  /** Undefined if the message is not a dead letter. */
  letter: DeadLetter | undefined;
  /** Why it is not. */
  fault?: string;
}

/** Oldest first. `consumer` limits them to the letters of one consumer. */
export async function findDeadLetters(nc: NatsConnection, consumer = '*'): Promise<StoredLetter[]> {
  const subject = deadLetter.subject({ consumer });
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 } as const;
  const letters: StoredLetter[] = [];
  for await (const message of readToEnd(nc, { stream, subject, start })) letters.push(open(message.seq, message.data));
  return letters;
}

/** Throws NOT_FOUND. */
export async function findDeadLetter(nc: NatsConnection, seq: number): Promise<StoredLetter> {
  const { streams } = await jetstreamManager(nc);
  const message = seq < 1 ? null : await streams.getMessage(stream, { seq });
  if (message === null) throw new Problem('NOT_FOUND', `There is no dead letter ${seq}.`);
  return open(seq, message.data);
}

/** Returns the wins that the message of a letter holds: none if it is malformed. */
export function winsOf({ data }: Pick<DeadLetter, 'data'>): StockReserved[] {
  try {
    return winsIn(Buffer.from(data, 'base64'));
  } catch (error) {
    if (error instanceof MalformedMessage) return [];
    throw error;
  }
}

/** Deletes a dead letter. Resolves also if it was deleted before. */
export async function deleteDeadLetter(nc: NatsConnection, seq: number): Promise<void> {
  const { streams } = await jetstreamManager(nc);
  try {
    await streams.deleteMessage(stream, seq, false);
  } catch (error) {
    // If another call deleted it first, that is no fault.
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
