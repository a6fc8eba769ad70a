import { listSales, readSale } from '../../shared/api/operator-api.ts';
import { usePolled, usePolledList } from './use-polled.ts';

/** All sales, newest first. */
export function useAdminSales() {
  const { rows, ...rest } = usePolledList(async (cursor) => {
    const { sales, nextCursor } = await listSales(cursor);
    return { rows: sales, nextCursor };
  });
  return { sales: rows, ...rest };
}

export function useAdminSale(saleId: string) {
  const { value, ...rest } = usePolled(() => readSale(saleId));
  return { sale: value, ...rest };
}
