import type { AdminApi } from 'simulation';

export interface BenchSale {
  saleId: string;
  itemIds: string[];
  stock: number;
  payTimeoutSeconds: number;
}

export interface BenchSaleOptions {
  title: string;
  stock: number;
  items?: number;
  /** ms from now; negative: it runs already. */
  startsInMs?: number;
  ratePerSecond?: number;
  burst?: number;
  payTimeoutSeconds?: number;
}

const MOST = 1_000_000;

/** Creates and publishes a sale; without limits that matter, unless asked for. */
export async function openBenchSale(admin: AdminApi, options: BenchSaleOptions): Promise<BenchSale> {
  const { title, stock, items = 1, startsInMs = -1000, ratePerSecond = MOST, burst = MOST, payTimeoutSeconds = 3600 } = options;
  const startsAt = Date.now() + startsInMs;
  const sale = await admin.createSale({
    title,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + 24 * 3600 * 1000).toISOString(),
    payTimeoutSeconds,
    tokenLeadSeconds: 86_400,
    rateLimit: { ratePerSecond, burst },
    items: Array.from({ length: items }, (_, index) => ({
      title: `${title} ${index + 1}`,
      priceCents: 19_900,
      currency: 'EUR',
      stock: Math.ceil(stock / items),
      limitPerUser: 1,
    })),
  });
  await admin.command(sale.saleId, 'publish');
  const itemIds = sale.items.map(({ itemId }) => itemId);
  return { saleId: sale.saleId, itemIds, stock: Math.ceil(stock / items) * items, payTimeoutSeconds };
}
