import { ORDER_EVENTS } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { saleStatistics } from '../../../listeners/statistics/sale-statistics.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { type EventCounts, eventCounts, readOrderEvents } from '../../evidence/order-events.ts';

type Parts = Pick<AuditContext, 'nc' | 'prisma' | 'sale'>;

export type Counted = EventCounts & { revenueCents: number };

/** Counts the sale's events up to a position of the listener: each event of an order once, as the listener counts. */
class Count {
  readonly counted: Counted = { ...eventCounts(() => 0), revenueCents: 0 };
  readonly #source: Parts;
  readonly #seen = new Set<string>();
  #position = 0;

  constructor(source: Parts) {
    this.#source = source;
  }

  async upTo(position: number): Promise<void> {
    for await (const event of readOrderEvents(this.#source, '*', { after: this.#position, upTo: position })) {
      const key = `${event.event}:${event.orderId}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.counted[event.event] += 1;
      if (event.event === 'paid') this.counted.revenueCents += event.amountCents;
    }
    this.#position = Math.max(this.#position, position);
  }
}

/** Reads what the statistics say, and what they should say at the position of their listener. */
export const compareStatistics = (parts: Parts): Promise<Comparison> => whileListenerWaits(parts, async (_, both) => both);

/** Writes what the statistics should say; their listener continues from its position. Resolves to the sale if they were wrong. */
export const recountStatistics = (parts: Parts): Promise<string[]> =>
  whileListenerWaits(parts, async (tx, { says, should }) => {
    if (alike(says, should)) return [];
    const { id: saleId } = parts.sale;
    await tx.saleStatistics.upsert({ where: { saleId }, update: should, create: { saleId, ...should } });
    return [saleId];
  });

export const alike = (a: Counted, b: Counted): boolean =>
  [...ORDER_EVENTS, 'revenueCents' as const].every((name) => a[name] === b[name]);

interface Comparison {
  says: Counted;
  should: Counted;
}

const listener = saleStatistics.name;

/** Runs `then` in a transaction that holds the listener at its position. */
async function whileListenerWaits<Result>(
  parts: Parts,
  then: (tx: Prisma.TransactionClient, both: Comparison) => Promise<Result>,
): Promise<Result> {
  const { prisma, sale } = parts;
  const count = new Count(parts);
  const position = await prisma.listenerPosition.findUnique({ where: { listener } });
  await count.upTo(Number(position?.streamSeq ?? 0));
  return prisma.$transaction(async (tx) => {
    // The listener waits now, and only the events since the first reading are left to read.
    await count.upTo(await lockPosition(tx));
    return then(tx, { says: await readCounted(tx, sale.id), should: count.counted });
  });
}

/** The listener moves its position in the transaction of its effect, so it waits until this transaction ends. */
async function lockPosition(tx: Prisma.TransactionClient): Promise<number> {
  const [row] = await tx.$queryRaw<{ seq: number }[]>`
    SELECT stream_seq::float8 AS seq FROM listener_positions WHERE listener = ${listener} FOR UPDATE`;
  return row?.seq ?? 0;
}

async function readCounted(tx: Prisma.TransactionClient, saleId: string): Promise<Counted> {
  const row = await tx.saleStatistics.findUnique({ where: { saleId } });
  return { ...eventCounts((name) => Number(row?.[name] ?? 0)), revenueCents: Number(row?.revenueCents ?? 0) };
}
