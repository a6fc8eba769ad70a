import { contentOf, type PaymentReceived } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';

const recordStatement = loadStatement(import.meta.url, 'record-events');

/** An event id is unique at its provider. */
const keyOf = ({ provider, eventId }: PaymentReceived): string => (provider === undefined ? eventId : `${provider}:${eventId}`);

/**
 * Keeps what each event said when it came first. Returns, for each event in order, what the event of the same id said first if that differs, else
 * undefined. Idempotent.
 */
export async function recordEvents(prisma: PrismaClient, events: readonly PaymentReceived[]): Promise<(string | undefined)[]> {
  const contents = new Map<string, string>();
  for (const event of events) if (!contents.has(keyOf(event))) contents.set(keyOf(event), contentOf(event));
  const ids = [...contents.keys()].sort();
  const rows = await retryOnConflict(() =>
    prisma.$queryRawUnsafe<{ eventId: string; content: string }[]>(
      recordStatement,
      ids,
      ids.map((id) => contents.get(id)),
    ),
  );
  const first = new Map(rows.map(({ eventId, content }) => [eventId, content]));
  return events.map((event) => {
    const content = first.get(keyOf(event));
    return content === contentOf(event) ? undefined : content;
  });
}
