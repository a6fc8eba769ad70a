import { isUuid, Problem, type SaleSettings } from 'seckill-core';
import type { SalesMemory } from './sales-memory.ts';

const RETRY_AFTER_MS = 1_000;

/**
 * Returns a published sale. If memory lacks it, asks Redis whether the catalogue has changed, which any caller may cause a few times a second.
 * Throws NOT_FOUND, or UNAVAILABLE while no sales are loaded.
 */
export async function findSale(sales: SalesMemory, saleId: string): Promise<SaleSettings> {
  if (sales.sale(saleId) === undefined && isUuid(saleId)) await sales.search().catch(() => undefined);
  const sale = sales.sale(saleId);
  if (sale !== undefined && sale.status !== 'DRAFT') return sale;
  throw sales.loaded ? new Problem('NOT_FOUND') : new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
}
