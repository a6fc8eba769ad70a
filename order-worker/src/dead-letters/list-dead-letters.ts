import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { type DeadLetterView, deadLetter, MalformedMessage, STREAMS } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';

/** The newest dead letters, without the messages they held. */
export async function listDeadLetters({ nc }: Pick<WorkerContext, 'nc'>, limit: number): Promise<DeadLetterView[]> {
  const { streams } = await jetstreamManager(nc);
  const { name } = STREAMS.deadLetters;
  const { state } = await streams.info(name);
  const letters: DeadLetterView[] = [];
  for (let seq = state.last_seq; seq >= state.first_seq && seq > 0 && letters.length < limit; seq -= 1) {
    const message = await streams.getMessage(name, { seq });
    // Discarded letters leave gaps.
    if (message !== null) letters.push(view(message));
  }
  return letters;
}

function view(message: StoredMsg): DeadLetterView {
  try {
    const { consumer, subject, reason, deliveries, firstSeenAt, diedAt } = deadLetter.decode(message.data);
    const [first, died] = [firstSeenAt, diedAt].map((time) => new Date(time).toISOString()) as [string, string];
    return { seq: message.seq, consumer, subject, reason, deliveries, firstSeenAt: first, diedAt: died };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const time = message.time.toISOString();
    return {
      seq: message.seq,
      consumer: '?',
      subject: message.subject,
      reason: error.message,
      deliveries: 0,
      firstSeenAt: time,
      diedAt: time,
    };
  }
}
