import type { CreateSale } from 'seckill-core';
import { saleDraft } from 'simulation';

export interface RushOptions {
  buyers: number;
  stock: number;
  currency: string;
  payTimeoutSeconds: number;
  signInsPerSecond: number;
  /** The platform's clock minus this machine's, ms. */
  clockOffsetMs: number;
  patienceMs: number;
  /** The shortest time until the start. */
  leadMs: number;
  admission: 'open' | 'queue' | 'draw';
}

/** The sale lasts this much longer than the most patient buyer, so that it never ends while a buyer still waits for a unit. */
const SPARE_MS = 10 * 60_000;

/** Short, so that the units of those who stay away come to the next ones soon. */
const ROOM = { claimSeconds: 10, staleSeconds: 5 };

/** A sale that starts as soon as every buyer can have fetched a purchase token. */
export function rushDraft(options: RushOptions): CreateSale {
  const { buyers, stock, currency, payTimeoutSeconds, signInsPerSecond, clockOffsetMs, patienceMs, leadMs, admission } = options;
  // A token costs the gateway about as much as a sign-in, a ticket twice as much.
  const tokensMs = (admission === 'open' ? 1_300 : 2_600) * (buyers / Math.max(1, signInsPerSecond));
  const startsAt = Math.ceil((Date.now() + clockOffsetMs + leadMs + tokensMs) / 100) * 100;
  return saleDraft({
    title: 'Flash sale of the demo',
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + patienceMs + payTimeoutSeconds * 1000 + SPARE_MS).toISOString(),
    payTimeoutSeconds,
    tokenLeadSeconds: 3600,
    // Sells the stock within about a second: fast, and still slow enough that some buyers are asked to wait.
    rateLimit: { ratePerSecond: Math.max(50, stock), burst: Math.max(10, Math.ceil(stock / 5)) },
    stock,
    ...(admission === 'open' ? {} : { admission, waitingRoom: ROOM }),
    item: { title: 'The thing every buyer wants', priceCents: 19_900, currency },
  });
}
