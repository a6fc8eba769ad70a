import type { AdminApi, SaleToRush } from 'simulation';

export interface SaleToOpen {
  buyers: number;
  stock: number;
  payTimeoutSeconds: number;
  signInsPerSecond: number;
  clockOffsetMs: number;
  patienceMs: number;
  /** At least. */
  leadMs: number;
}

/** From here on there is no sale that ends while somebody still waits for a unit. */
const SPARE_MS = 10 * 60_000;

/** Creates and publishes a sale that starts as soon as everybody can have fetched their purchase token. */
export async function openSale(admin: AdminApi, options: SaleToOpen): Promise<SaleToRush> {
  const { buyers, stock, payTimeoutSeconds, signInsPerSecond, clockOffsetMs, patienceMs, leadMs } = options;
  // A token costs the gateway about what a sign-in costs.
  const tokensMs = 1_300 * (buyers / Math.max(1, signInsPerSecond));
  const startsAt = Math.ceil((Date.now() + clockOffsetMs + leadMs + tokensMs) / 100) * 100;
  const created = await admin.createSale({
    title: 'Flash sale of the demo',
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + patienceMs + payTimeoutSeconds * 1000 + SPARE_MS).toISOString(),
    payTimeoutSeconds,
    tokenLeadSeconds: 3600,
    rateLimit: rateLimitFor(stock),
    items: [{ title: 'The thing everybody wants', priceCents: 19_900, currency: 'EUR', stock, limitPerUser: 1 }],
  });
  await admin.command(created.saleId, 'publish');
  const itemId = created.items[0]?.itemId;
  if (itemId === undefined) throw new Error(`The sale ${created.saleId} was created without its item.`);
  return { saleId: created.saleId, itemId, stock, startsAt };
}

/** Sells the stock within about a second: generous, and yet some are told to wait. */
function rateLimitFor(stock: number): { ratePerSecond: number; burst: number } {
  return { ratePerSecond: Math.max(50, stock), burst: Math.max(10, Math.ceil(stock / 5)) };
}
