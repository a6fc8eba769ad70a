import { ORDER_CHANGES, orderEvent, sayMoney } from 'seckill-core';
import type { Prisma, PrismaClient } from 'seckill-prisma';
import { countEvent, eventCounts, noCounts, type SaleCounts } from '../../../listeners/statistics/count-events.ts';
import { saleStatistics } from '../../../listeners/statistics/sale-statistics.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { readOrderEvents } from '../../evidence/order-events.ts';

type Parts = Pick<AuditContext, 'nc' | 'prisma' | 'sale'>;

/** Counts the sale's events up to a position of the listener: each event of an order once, as the listener counts. */
class Count {
  readonly counted = noCounts();
  readonly #source: Parts;
  readonly #seen = new Set<string>();
  #position = 0;

  constructor(source: Parts) {
    this.#source = source;
  }

  async upTo(position: number): Promise<void> {
    for await (const event of readOrderEvents(this.#source, '*', { after: this.#position, upTo: position })) {
      const key = orderEvent.id(event);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      countEvent(this.counted, event);
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
    const revenue = Object.entries(should.revenue).map(([currency, cents]) => ({ saleId, currency, cents }));
    await tx.saleStatistics.upsert({ where: { saleId }, update: should.events, create: { saleId, ...should.events } });
    await tx.saleRevenue.deleteMany({ where: { saleId } });
    await tx.saleRevenue.createMany({ data: revenue });
    return [saleId];
  });

export const alike = (a: SaleCounts, b: SaleCounts): boolean =>
  ORDER_CHANGES.every((name) => a.events[name] === b.events[name]) && sayRevenue(a.revenue) === sayRevenue(b.revenue);

/** `4950 JPY, 5.00 EUR`; `none` if there is none. */
export function sayRevenue(revenue: SaleCounts['revenue']): string {
  const money = Object.entries(revenue).filter(([, cents]) => cents !== 0);
  return money.length === 0
    ? 'none'
    : money
        .map(([currency, cents]) => sayMoney(cents, currency))
        .sort()
        .join(', ');
}

interface Comparison {
  says: SaleCounts;
  should: SaleCounts;
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
    return then(tx, { says: await readStatistics(tx, sale.id), should: count.counted });
  });
}

/** The listener moves its position in the transaction of its effect, so it waits until this transaction ends. */
async function lockPosition(tx: Prisma.TransactionClient): Promise<number> {
  const [row] = await tx.$queryRaw<{ seq: number }[]>`
    SELECT stream_seq::float8 AS seq FROM listener_positions WHERE listener = ${listener} FOR UPDATE`;
  return row?.seq ?? 0;
}

/** Reads what the statistics say of a sale. */
export async function readStatistics(
  prisma: Pick<PrismaClient, 'saleStatistics' | 'saleRevenue'>,
  saleId: string,
): Promise<SaleCounts> {
  const row = await prisma.saleStatistics.findUnique({ where: { saleId } });
  const revenue = await prisma.saleRevenue.findMany({ where: { saleId } });
  return {
    events: eventCounts((name) => Number(row?.[name] ?? 0)),
    revenue: Object.fromEntries(revenue.map(({ currency, cents }) => [currency, Number(cents)])),
  };
}
