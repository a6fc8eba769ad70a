import { type SaleEventName, type SaleOfEvent, sendSaleEvent } from 'seckill-core';
import { atOnce } from '../../servers/at-once.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';

const PORTION = 500;
const SALES_AT_ONCE = 20;

interface Waiting {
  /** A bigint, as text. */
  row: string;
  id: string;
  event: SaleEventName;
  at: number;
  sale: SaleOfEvent;
}

/**
 * Publishes the sale events that the stream lacks. Several workers may publish the same ones: JetStream drops repetitions, and each worker publishes
 * an event of a sale only after the one before is stored. So the events of a sale are in the stream in order.
 */
export async function publishSaleEvents(parts: Pick<WorkerContext, 'prisma' | 'publisher'>): Promise<void> {
  while ((await publishPortion(parts)) === PORTION);
}

async function publishPortion({ prisma, publisher }: Pick<WorkerContext, 'prisma' | 'publisher'>): Promise<number> {
  const waiting = await prisma.$queryRaw<Waiting[]>`
    SELECT id::text AS row, event_id AS id, event, round(date_part('epoch', happened_at) * 1000) AS at, data AS sale
    FROM sale_events WHERE announced_at IS NULL ORDER BY sale_events.id LIMIT ${PORTION}`;
  if (waiting.length === 0) return 0;
  const saleIds = [...new Set(waiting.map(({ sale }) => sale.saleId))];
  await atOnce(SALES_AT_ONCE, saleIds, async (saleId) => {
    for (const { row: _, ...event } of waiting) if (event.sale.saleId === saleId) await sendSaleEvent(publisher, event);
  });
  await prisma.$executeRaw`
    UPDATE sale_events SET announced_at = clock_timestamp() WHERE id = ANY (${waiting.map(({ row }) => row)}::bigint[])`;
  return waiting.length;
}
