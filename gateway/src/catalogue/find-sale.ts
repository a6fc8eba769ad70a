import { isUuid, Problem, type SaleSettings } from 'seckill-core';
import type { SalesMemory } from './sales-memory.ts';

const RETRY_AFTER_MS = 1_000;

/** Returns a sale that memory has, and that is published. */
export function publishedSale(sales: SalesMemory, saleId: string): SaleSettings | undefined {
  const sale = sales.sale(saleId);
  return sale?.status === 'DRAFT' ? undefined : sale;
}

/**
 * Returns a published sale. If memory lacks it, asks Redis whether the catalogue has changed, which any caller may cause a few times a second.
 * Throws NOT_FOUND, or UNAVAILABLE while no sales are loaded.
 */
export async function findSale(sales: SalesMemory, saleId: string): Promise<SaleSettings> {
  if (sales.sale(saleId) === undefined && isUuid(saleId)) await sales.search().catch(() => undefined);
  const sale = publishedSale(sales, saleId);
  if (sale !== undefined) return sale;
  throw sales.loaded ? new Problem('NOT_FOUND') : new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
}
