import { ORDER_EVENTS, type OrderEventName } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { saleStatistics } from '../../listeners/statistics/sale-statistics.ts';
import { readEvents } from '../announced.ts';
import type { AuditContext } from '../audit-context.ts';

export type Counted = Record<OrderEventName, number> & { revenueCents: number };

/** What the stream says up to a position of the listener: each event of an order once, as the listener counts. */
class Count {
  readonly counted: Counted = { created: 0, paid: 0, cancelled: 0, rejected: 0, refunded: 0, revenueCents: 0 };
  readonly #context: AuditContext;
  readonly #seen = new Set<string>();
  #position = 0;

  constructor(context: AuditContext) {
    this.#context = context;
  }

  async upTo(position: number): Promise<void> {
    for await (const { event } of readEvents(this.#context, '*', { after: this.#position, upTo: position })) {
      const key = `${event.event}:${event.orderId}`;
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.counted[event.event] += 1;
      if (event.event === 'paid') this.counted.revenueCents += event.amountCents;
    }
    this.#position = Math.max(this.#position, position);
  }
}

/** What the statistics say, and what they should up to where their listener has come. */
export async function compareStatistics(context: AuditContext): Promise<{ says: Counted; should: Counted }> {
  const count = new Count(context);
  await count.upTo(await readPosition(context.prisma));
  return context.prisma.$transaction(async (tx) => {
    // Only what came since the first reading is read while the listener waits for its position.
    await count.upTo(await lockPosition(tx));
    return { says: await readCounted(context, tx), should: count.counted };
  });
}

/** Counts the sale's events anew, up to where the listener has come; it goes on from there. */
export async function recountStatistics(context: AuditContext): Promise<string[]> {
  const { sale, prisma } = context;
  const count = new Count(context);
  await count.upTo(await readPosition(prisma));
  return prisma.$transaction(async (tx) => {
    await count.upTo(await lockPosition(tx));
    const { counted } = count;
    if (alike(await readCounted(context, tx), counted)) return [];
    await tx.saleStatistics.upsert({
      where: { saleId: sale.id },
      update: counted,
      create: { saleId: sale.id, ...counted },
    });
    return [sale.id];
  });
}

export const alike = (a: Counted, b: Counted): boolean =>
  [...ORDER_EVENTS, 'revenueCents' as const].every((name) => a[name] === b[name]);

const listener = saleStatistics.name;

async function readPosition(prisma: AuditContext['prisma']): Promise<number> {
  return Number((await prisma.listenerPosition.findUnique({ where: { listener } }))?.streamSeq ?? 0);
}

/** The listener moves its position in the transaction of its effect: until this one ends it waits. */
async function lockPosition(tx: Prisma.TransactionClient): Promise<number> {
  const [row] = await tx.$queryRaw<{ seq: number }[]>`
    SELECT stream_seq::float8 AS seq FROM listener_positions WHERE listener = ${listener} FOR UPDATE`;
  return row?.seq ?? 0;
}

async function readCounted({ sale }: AuditContext, tx: Prisma.TransactionClient): Promise<Counted> {
  const row = await tx.saleStatistics.findUnique({ where: { saleId: sale.id } });
  const counts = Object.fromEntries(ORDER_EVENTS.map((name) => [name, Number(row?.[name] ?? 0)]));
  return { ...(counts as Record<OrderEventName, number>), revenueCents: Number(row?.revenueCents ?? 0) };
}
