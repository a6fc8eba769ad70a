import { readSaleRow, type SaleWithItems } from '../../sales/sale-views.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { Books } from './books.ts';
import { Comparisons } from './comparisons.ts';

/** Redis may forget a sale this long after its last order can have been settled. */
const REMEMBERED_MS = 12 * 60 * 60 * 1000;

/** What the checks of one audit share. */
export interface AuditContext extends WorkerContext {
  sale: SaleWithItems;
  /** False for a draft, and for a sale that Redis may have forgotten: then the audit reads PostgreSQL only. */
  inRedis: boolean;
  books: Books;
  comparisons: Comparisons;
}

/** Throws NOT_FOUND for an unknown sale. */
export async function openAudit(context: WorkerContext, saleId: string): Promise<AuditContext> {
  const sale = await readSaleRow(context.prisma, saleId);
  const lastSettled = sale.endsAt.getTime() + sale.payTimeoutSeconds * 1000;
  const inRedis = sale.status !== 'DRAFT' && context.clock.now() < lastSettled + REMEMBERED_MS;
  return {
    ...context,
    sale,
    inRedis,
    books: new Books(context.prisma, saleId),
    comparisons: new Comparisons({ ...context, sale }),
  };
}
