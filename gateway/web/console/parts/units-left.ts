import type { AdminSale, OperatorFrame } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';

/** Units of an item that can still be won: from the stream while the sale runs, from PostgreSQL once it is over. */
export function unitsLeft(sale: AdminSale, item: AdminSale['items'][number], frame: OperatorFrame | undefined): number {
  const inBooks = item.stock - item.sold;
  if (saleStateNow(sale, now.value) === 'ENDED') return inBooks;
  const seen = frame?.sales.find(({ saleId }) => saleId === sale.saleId)?.items.find(({ itemId }) => itemId === item.itemId);
  return seen?.left ?? inBooks;
}

export function allUnitsLeft(sale: AdminSale, frame: OperatorFrame | undefined): number {
  return sale.items.reduce((sum, item) => sum + unitsLeft(sale, item, frame), 0);
}
