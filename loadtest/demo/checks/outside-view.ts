import type { Buyer, HttpClient } from 'simulation';
import { BuyerApi, NoAnswer, type OrderView } from 'simulation';

/** The answers that buyers received, and what they find when they ask again: the platform's books from the outside. */
export interface OutsideView {
  stock: number;
  buyers: readonly Buyer[];
  /** Losers with a lost answer, and the present status of their reservation; undefined if it does not exist. */
  afterSilence: ReadonlyMap<Buyer, string | undefined>;
  /** Losers who listed their orders anyway. */
  ordersOfLosers: ReadonlyMap<Buyer, readonly OrderView[]>;
}

/** Each costs the worker a query, so at most this many losers list their orders. The count of all orders covers the rest. */
const LOSERS_ASKED = 300;
const TRIES = 5;

export interface LookOptions {
  client: HttpClient;
  gateway: string;
  stock: number;
  buyers: readonly Buyer[];
}

export async function lookFromOutside({ client, gateway, stock, buyers }: LookOptions): Promise<OutsideView> {
  const api = new BuyerApi(client);
  const losers = buyers.filter((buyer) => buyer.win === undefined && buyer.accessToken !== '');
  const silent = losers.filter((buyer) => buyer.metSilence);
  const every = Math.max(1, Math.floor(losers.length / LOSERS_ASKED));
  const asked = losers.filter((_, index) => index % every === 0).slice(0, LOSERS_ASKED);
  return {
    stock,
    buyers,
    afterSilence: new Map(await Promise.all(silent.map(async (buyer) => [buyer, await statusOf(api, gateway, buyer)] as const))),
    ordersOfLosers: new Map(await Promise.all(asked.map(async (buyer) => [buyer, await ordersOf(api, gateway, buyer)] as const))),
  };
}

/** Reads the state of paid orders again: what follows a payment may have refunded them since. */
export async function lookAgain({ client, gateway, buyers }: Omit<LookOptions, 'stock'>): Promise<void> {
  const api = new BuyerApi(client);
  const paid = buyers.filter(({ win }) => win?.status === 'PAID');
  await Promise.all(
    paid.map(async ({ accessToken, win }) => {
      if (win === undefined) return;
      const answer = await patiently(() => api.reservation(gateway, accessToken, win.reservationId));
      if (answer.ok) win.status = answer.value.status;
    }),
  );
}

async function statusOf(api: BuyerApi, gateway: string, buyer: Buyer): Promise<string | undefined> {
  const ids = new Set(buyer.answers.map(({ reservationId }) => reservationId));
  for (const id of ids) {
    const answer = await patiently(() => api.reservation(gateway, buyer.accessToken, id));
    if (answer.ok) return answer.value.status;
  }
  return undefined;
}

async function ordersOf(api: BuyerApi, gateway: string, buyer: Buyer): Promise<readonly OrderView[]> {
  const answer = await patiently(() => api.orders(gateway, buyer.accessToken));
  if (!answer.ok) throw new Error(`GET /api/orders of ${buyer.userId} was answered ${answer.code}: ${answer.detail}`);
  return Array.isArray(answer.value) ? answer.value : answer.value.orders;
}

async function patiently<Answer extends { ok: boolean; code?: string }>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await ask();
      if (answer.ok || answer.code !== 'UNAVAILABLE' || tries === TRIES) return answer;
    } catch (error) {
      if (!(error instanceof NoAnswer) || tries === TRIES) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 300 * tries));
  }
}
