import { broadcast, changeItem, saleChanged, writeSale } from 'seckill-core';
import { type ItemKeeper, rebuildItem } from '../../stock/rebuild-item.ts';
import { readSaleRow, type SaleWithItems, saleSettings } from '../sale-views.ts';

/**
 * Brings a sale's settings from PostgreSQL to Redis and to every gateway. Reads them after the commit; concurrent calls may run in any
 * order, because the higher version wins. After a crash, the stock guard finishes the work within a second.
 */
export async function announceSale(parts: ItemKeeper, saleId: string): Promise<SaleWithItems> {
  const sale = await readSaleRow(parts.prisma, saleId);
  if (sale.status === 'DRAFT') return sale;
  const settings = saleSettings(sale);
  await writeSale(parts.redis, settings);
  for (const item of settings.items) {
    const change = await changeItem(parts.redis, settings, item);
    if (change === 'STOCK_UNKNOWN') await rebuildItem(parts, item.itemId);
  }
  broadcast(parts.nc, saleChanged, { saleId, version: sale.version });
  return sale;
}
