import { jetstreamManager } from '@nats-io/jetstream';
import {
  expireItem,
  expireRoom,
  forgetSale,
  hasRoom,
  outboxSize,
  readSales,
  roomEvent,
  type SaleSettings,
  STREAMS,
} from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { readWaitingReservations } from './waiting-reservations.ts';

/** Counted from when the last order can have been paid or cancelled; refunds are over by then. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** The reservations stay in Redis for pages that are still open; PostgreSQL keeps them. */
const RECORDS_KEPT_SECONDS = 24 * 60 * 60;

type Parts = Pick<WorkerContext, 'redis' | 'nc' | 'prisma' | 'clock' | 'log'>;

/** Removes sales that ended long ago from Redis, and so from every gateway's memory. Returns how many. */
export async function retireSales(parts: Parts): Promise<number> {
  const { redis, clock, log } = parts;
  let retired = 0;
  for (const sale of await readSales(redis)) {
    if (sale.endsAt + sale.payTimeoutSeconds * 1000 + KEPT_MS > clock.now()) continue;
    if (await isUnfinished(parts, sale)) continue;
    await forgetSale(redis, sale.saleId);
    for (const { itemId } of sale.items) await expireItem(redis, itemId, RECORDS_KEPT_SECONDS);
    if (hasRoom(sale)) await retireRoom(parts, sale.saleId);
    log.info({ saleId: sale.saleId }, 'removed a past sale from Redis');
    retired += 1;
  }
  return retired;
}

/** The room's part of the stream would take the place of other rooms. */
async function retireRoom({ redis, nc }: Pick<Parts, 'redis' | 'nc'>, saleId: string): Promise<void> {
  await expireRoom(redis, saleId, RECORDS_KEPT_SECONDS);
  const { streams } = await jetstreamManager(nc, { checkAPI: false });
  await streams.purge(STREAMS.queue.name, { filter: roomEvent.subject({ saleId }) });
}

/** A backlog may be older than the sale is past: wins in the outbox or the stream, or orders whose time to pay has begun late. */
async function isUnfinished({ redis, nc, prisma }: Parts, { saleId, items }: SaleSettings): Promise<boolean> {
  for (const { itemId } of items) {
    if ((await outboxSize(redis, itemId)) > 0) return true;
    if ((await readWaitingReservations(nc, saleId, itemId)).length > 0) return true;
  }
  // Prisma passes the status as a parameter, for which PostgreSQL does not use the index of unpaid orders: it would read every order.
  const [row] = await prisma.$queryRaw<{ unpaid: boolean }[]>`
    SELECT EXISTS (SELECT FROM orders WHERE status = 'PENDING_PAYMENT' AND sale_id = ${saleId}::uuid) AS unpaid`;
  return row?.unpaid === true;
}
