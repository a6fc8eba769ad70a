import type { SaleWithItems } from '../sales/sale-views.ts';
import type { WorkerContext } from '../worker-context.ts';
import type { ItemBooks } from './check-books.ts';

/** What the checks of one audit share. */
export interface AuditContext extends WorkerContext {
  sale: SaleWithItems;
  /** False for a draft, and for a sale so long past that Redis may have forgotten it: then only PostgreSQL is audited. */
  inRedis: boolean;
  /** The reading of books.sql that is under way: checks that look at the same moment share it. */
  reading: { books?: Promise<ItemBooks[]> };
}

export interface AuditOptions {
  /** Counts only, without a look at every reservation: for the audit that runs by itself. */
  light?: boolean;
  /** Ends the audit between two looks. */
  signal?: AbortSignal;
}
