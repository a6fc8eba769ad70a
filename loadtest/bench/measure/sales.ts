import { type Operator, type SaleDraft, saleDraft } from 'simulation';

export interface BenchSale {
  saleId: string;
  itemIds: string[];
  /** Units of all items together. */
  stock: number;
  payTimeoutSeconds: number;
}

const DAY_S = 24 * 3600;
/** Per second: more than any gateway decides. */
const NO_LIMIT = 1_000_000;

/** Opens a sale for the load generator. `stock` is divided among the items; by default no limit is reached. */
export async function openBenchSale(
  operator: Operator,
  { title, stock, itemCount = 1, ...more }: SaleDraft & { title: string; stock: number },
): Promise<BenchSale> {
  const perItem = Math.ceil(stock / itemCount);
  const { saleId, items, payTimeoutSeconds } = await operator.openSale(
    saleDraft({
      title,
      lastsMs: DAY_S * 1000,
      payTimeoutSeconds: 3600,
      tokenLeadSeconds: DAY_S,
      rateLimit: { ratePerSecond: NO_LIMIT, burst: NO_LIMIT },
      stock: perItem,
      itemCount,
      ...more,
    }),
  );
  return { saleId, itemIds: items.map(({ itemId }) => itemId), stock: perItem * itemCount, payTimeoutSeconds };
}
