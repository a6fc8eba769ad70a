import { broadcast, changeItem, saleChanged, writeSale } from 'seckill-core';
import { rebuildItem } from '../stock/rebuild-item.ts';
import type { WorkerContext } from '../worker-context.ts';
import { readSaleRow, type SaleWithItems, saleSettings } from './sale-views.ts';

/**
 * Brings a sale's settings from PostgreSQL to Redis and to every gateway. What is announced is read here, after the commit: two at once may
 * come in any order, since the higher version stays. Cut short, it is completed by the stock guard within a second.
 */
export async function announceSale(context: WorkerContext, saleId: string): Promise<SaleWithItems> {
  const sale = await readSaleRow(context.prisma, saleId);
  if (sale.status === 'DRAFT') return sale;
  const settings = saleSettings(sale);
  await writeSale(context.redis, settings);
  for (const item of settings.items) {
    const change = await changeItem(context.redis, settings, item);
    if (change === 'STOCK_UNKNOWN') await rebuildItem(context, item.itemId);
  }
  broadcast(context.nc, saleChanged, { saleId, version: sale.version });
  return sale;
}
