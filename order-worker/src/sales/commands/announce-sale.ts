import { broadcast, changeItem, hasRoom, readRoom, saleChanged, writeSale } from 'seckill-core';
import { atOnce } from '../../servers/at-once.ts';
import { type ItemKeeper, rebuildItem } from '../../stock/rebuild-item.ts';
import { type RoomKeeper, rebuildRoom } from '../../waiting-room/rebuild-room.ts';
import { readSaleRow, type SaleWithItems, saleSettings } from '../sale-views.ts';

/** Each opens in a transaction, so each takes a connection of the pool. */
const ITEMS_AT_ONCE = 4;
/** After this the operator gets their answer, and the stock guard opens the rest. */
const OPEN_WITHIN_MS = 1_500;

/**
 * Brings a sale's settings from PostgreSQL to Redis and to every gateway. Reads them after the commit; concurrent calls may run in any
 * order, because the higher version wins. After a crash, or if a sale has too many items for one call, the stock
 * guard finishes the work within seconds.
 */
export async function announceSale(parts: ItemKeeper & RoomKeeper, saleId: string): Promise<SaleWithItems> {
  const sale = await readSaleRow(parts.prisma, saleId);
  if (sale.status === 'DRAFT') return sale;
  const settings = saleSettings(sale);
  await writeSale(parts.redis, settings);
  const changes = await Promise.all(settings.items.map((item) => changeItem(parts.redis, settings, item)));
  await openItems(
    parts,
    settings.items.filter((_, i) => changes[i] === 'STOCK_UNKNOWN').map(({ itemId }) => itemId),
  );
  if (hasRoom(settings) && (await readRoom(parts.redis, saleId)).runId === undefined) await rebuildRoom(parts, saleId);
  broadcast(parts.nc, saleChanged, { saleId, version: sale.version });
  return sale;
}

async function openItems(parts: ItemKeeper, itemIds: readonly string[]): Promise<void> {
  const until = performance.now() + OPEN_WITHIN_MS;
  await atOnce(ITEMS_AT_ONCE, itemIds, async (itemId) => {
    if (performance.now() < until) await rebuildItem(parts, itemId);
  });
}
