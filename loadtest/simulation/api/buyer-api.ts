import { NoAnswer } from '../http/connection.ts';
import type { HttpClient } from '../http/http-client.ts';
import type { TokenChallenge } from '../solve-challenge.ts';
import type { TicketView } from '../waiting-room/ticket-story.ts';
import { type ApiAnswer, granted, readApiAnswer } from './answer.ts';

export interface PublicSale {
  saleId: string;
  state: string;
  startsAt: string;
  endsAt: string;
  serverTime: string;
  items: { itemId: string; title: string; stock: number; remaining: number }[];
}

export interface PurchaseToken {
  purchaseToken: string;
  reservationId: string;
  opensAt: string;
  expiresAt: string;
  challenge?: TokenChallenge;
}

export interface ReservationView {
  reservationId: string;
  status: string;
  order?: { orderId: string; amountCents: number; currency: string; payBy: string };
}

export interface OrderView {
  orderId: string;
  itemId: string;
  quantity: number;
  status: string;
}

/** One of an address, the text of a QR code and the arguments of an app's call. */
export interface StartedPayment {
  paymentId: string;
  provider?: string;
  checkoutUrl?: string;
  qrCode?: string;
  app?: Readonly<Record<string, string>>;
}

type Headers = Readonly<Record<string, string>>;

const OPEN_WITHIN_MS = 15_000;

/**
 * The requests of a buyer's browser. Each real buyer has a connection; simulated buyers share a few. Separate pools keep winners from
 * waiting behind buyers who have not asked yet or who are paying. `gateway` is an origin without a slash at its end. Throws NoAnswer if the
 * outcome is unknown.
 */
export class BuyerApi {
  readonly #client: HttpClient;
  readonly #paymentsUrl: string | undefined;

  /** @param paymentsUrl Origin of the payment sandbox, for buyers who scan QR codes. */
  constructor(client: HttpClient, paymentsUrl?: string) {
    this.#client = client;
    this.#paymentsUrl = paymentsUrl;
  }

  login(gateway: string, userId: string): Promise<ApiAnswer<{ accessToken: string }>> {
    return this.#post(`${gateway}/api/dev/login`, undefined, { userId });
  }

  sale(gateway: string, saleId: string): Promise<ApiAnswer<PublicSale>> {
    return this.#get(`${gateway}/api/sales/${saleId}`, undefined);
  }

  takeTicket(gateway: string, accessToken: string, saleId: string, headers?: Headers): Promise<ApiAnswer<TicketView>> {
    return this.#post(`${gateway}/api/sales/${saleId}/queue`, accessToken, undefined, '', headers);
  }

  ticket(gateway: string, accessToken: string, ticketId: string): Promise<ApiAnswer<TicketView>> {
    return this.#get(`${gateway}/api/queue/${ticketId}`, accessToken);
  }

  purchaseToken(
    gateway: string,
    accessToken: string,
    saleId: string,
    itemId: string,
    headers?: Headers,
  ): Promise<ApiAnswer<PurchaseToken>> {
    const url = `${gateway}/api/sales/${saleId}/items/${itemId}/purchase-token`;
    return this.#post(url, accessToken, undefined, '', headers);
  }

  /** Signs the users in (`DEV_LOGIN`) and fetches a purchase token for each, in their order. Throws if one is refused. */
  purchaseTokens(gateway: string, users: readonly string[], sale: { saleId: string; itemId: string }): Promise<string[]> {
    return Promise.all(
      users.map(async (userId) => {
        const { accessToken } = granted(await this.login(gateway, userId));
        return granted(await this.purchaseToken(gateway, accessToken, sale.saleId, sale.itemId)).purchaseToken;
      }),
    );
  }

  /** Sends only the purchase token, and the solution of its challenge: the route needs no sign-in. */
  reserve(
    gateway: string,
    purchaseToken: string,
    challengeSolution?: string,
    headers?: Headers,
  ): Promise<ApiAnswer<{ reservationId: string; status: string }>> {
    return this.#post(`${gateway}/api/reservations`, undefined, { purchaseToken, challengeSolution }, '', headers);
  }

  reservation(gateway: string, accessToken: string, reservationId: string): Promise<ApiAnswer<ReservationView>> {
    return this.#get(`${gateway}/api/reservations/${reservationId}`, accessToken);
  }

  orders(gateway: string, accessToken: string): Promise<ApiAnswer<OrderView[] | { orders: OrderView[] }>> {
    return this.#get(`${gateway}/api/orders`, accessToken);
  }

  cancel(gateway: string, accessToken: string, orderId: string): Promise<ApiAnswer<OrderView>> {
    return this.#post(`${gateway}/api/orders/${orderId}/cancel`, accessToken);
  }

  /** @param provider Default: the one that the shop offers first. */
  startPayment(gateway: string, accessToken: string, orderId: string, provider?: string): Promise<ApiAnswer<StartedPayment>> {
    const choice = provider === undefined ? undefined : { provider };
    return this.#post(`${gateway}/api/orders/${orderId}/payments`, accessToken, choice, 'paying');
  }

  /** Pays at the sandbox as a person does: opens the checkout or scans its code, and presses the button. The sandbox then notifies the shop. */
  async pay(started: StartedPayment): Promise<ApiAnswer<unknown>> {
    const page = await this.openCheckout(started);
    return page.ok ? this.press(page.value) : page;
  }

  /**
   * Returns the address of the page with the button. That of the HTTP provider is the checkout itself; others lead to it. A provider may show another
   * page instead: Alipay does once the time to pay is over.
   */
  async openCheckout({ provider = 'http', checkoutUrl, qrCode, app }: StartedPayment): Promise<ApiAnswer<string>> {
    if (provider === 'http' && checkoutUrl !== undefined) return { ok: true, value: checkoutUrl, ms: 0 };
    const code = qrCode ?? Object.values(app ?? {}).join(' ');
    const address = checkoutUrl ?? `${this.#paymentsUrl}/scan?code=${encodeURIComponent(code)}`;
    const from = performance.now();
    try {
      const page = await fetch(address, { signal: AbortSignal.timeout(OPEN_WITHIN_MS) });
      const body = await page.text();
      const ms = performance.now() - from;
      return page.ok ? { ok: true, value: page.url, ms } : readApiAnswer({ status: page.status, body, ms });
    } catch (error) {
      throw new NoAnswer(`The checkout did not open: ${(error as Error).message}.`, false);
    }
  }

  /** Presses "pay" on a page that is open. */
  press(page: string): Promise<ApiAnswer<unknown>> {
    return this.#post(`${page}/pay`, undefined, undefined, 'paying');
  }

  async #get<Value>(url: string, bearer: string | undefined): Promise<ApiAnswer<Value>> {
    return readApiAnswer(await this.#client.request({ method: 'GET', url, bearer, pool: 'looking' }));
  }

  async #post<Value>(
    url: string,
    bearer: string | undefined,
    json?: unknown,
    pool = '',
    headers: Headers = {},
  ): Promise<ApiAnswer<Value>> {
    return readApiAnswer(await this.#client.request({ method: 'POST', url, bearer, json, pool, headers }));
  }
}
