import { jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { type calls, type DeadLetterView, deadLetter, MalformedMessage, STREAMS } from 'seckill-core';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import type { WorkerContext } from '../servers/worker-context.ts';

type Listing = Static<typeof calls.listDeadLetters.request>;
type Listed = Static<typeof calls.listDeadLetters.reply>;

/** Sequences that one page looks at. Discarded letters leave gaps, and each costs a request to JetStream. */
const LOOKED_AT = 1_000;
/** Characters of a reason: it may quote the message. */
const REASON_CHARS = 2_000;

/** A page of the dead letters, the newest first, without the messages they held. After many discarded ones a page may be empty. */
export async function listDeadLetters({ nc }: Pick<WorkerContext, 'nc'>, { limit, cursor }: Listing): Promise<Listed> {
  const { streams } = await jetstreamManager(nc);
  const { name } = STREAMS.deadLetters;
  const { state } = await streams.info(name);
  const from = Math.min(state.last_seq, Number(cursor ?? Number.POSITIVE_INFINITY) - 1);
  const to = Math.max(1, state.first_seq, from - LOOKED_AT + 1);
  async function* newestFirst(): AsyncGenerator<DeadLetterView> {
    for (let seq = from; seq >= to; seq -= 1) {
      const message = await streams.getMessage(name, { seq });
      if (message !== null) yield view(message);
    }
  }
  const { rows: deadLetters, nextCursor } = await cutPage(newestFirst(), limit, ({ seq }) => String(seq));
  if (nextCursor !== undefined) return { deadLetters, nextCursor };
  return to > Math.max(1, state.first_seq) ? { deadLetters, nextCursor: String(to) } : { deadLetters };
}

function view(message: StoredMsg): DeadLetterView {
  try {
    const { consumer, subject, reason, deliveries, firstSeenAt, diedAt } = deadLetter.decode(message.data);
    const [first, died] = [firstSeenAt, diedAt].map((time) => new Date(time).toISOString()) as [string, string];
    return { seq: message.seq, consumer, subject, reason: shorten(reason), deliveries, firstSeenAt: first, diedAt: died };
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    const time = message.time.toISOString();
    return {
      seq: message.seq,
      consumer: '?',
      subject: message.subject,
      reason: shorten(error.message),
      deliveries: 0,
      firstSeenAt: time,
      diedAt: time,
    };
  }
}

const shorten = (text: string): string => (text.length <= REASON_CHARS ? text : `${text.slice(0, REASON_CHARS)}…`);
