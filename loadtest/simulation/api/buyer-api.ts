import type { HttpClient } from '../http/http-client.ts';
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

/**
 * The requests of a buyer's browser. Each real buyer has a connection; simulated buyers share a few. Separate pools keep winners from
 * waiting behind buyers who have not asked yet or who are paying. `gateway` is an origin without a slash at its end. Throws NoAnswer if the
 * outcome is unknown.
 */
export class BuyerApi {
  readonly #client: HttpClient;

  constructor(client: HttpClient) {
    this.#client = client;
  }

  login(gateway: string, userId: string): Promise<ApiAnswer<{ accessToken: string }>> {
    return this.#post(`${gateway}/api/dev/login`, undefined, { userId });
  }

  sale(gateway: string, saleId: string): Promise<ApiAnswer<PublicSale>> {
    return this.#get(`${gateway}/api/sales/${saleId}`, undefined);
  }

  purchaseToken(gateway: string, accessToken: string, saleId: string, itemId: string): Promise<ApiAnswer<PurchaseToken>> {
    return this.#post(`${gateway}/api/sales/${saleId}/items/${itemId}/purchase-token`, accessToken);
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

  /** Sends only the purchase token: the route needs no sign-in. */
  reserve(gateway: string, purchaseToken: string): Promise<ApiAnswer<{ reservationId: string; status: string }>> {
    return this.#post(`${gateway}/api/reservations`, undefined, { purchaseToken });
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

  startPayment(
    gateway: string,
    accessToken: string,
    orderId: string,
  ): Promise<ApiAnswer<{ paymentId: string; checkoutUrl: string }>> {
    return this.#post(`${gateway}/api/orders/${orderId}/payments`, accessToken, undefined, 'paying');
  }

  /** Pays at the sandbox provider, which then calls the platform's webhook. */
  pay(checkoutUrl: string): Promise<ApiAnswer<unknown>> {
    return this.#post(`${checkoutUrl}/pay`, undefined, undefined, 'paying');
  }

  async #get<Value>(url: string, bearer: string | undefined): Promise<ApiAnswer<Value>> {
    return readApiAnswer(await this.#client.request({ method: 'GET', url, bearer, pool: 'looking' }));
  }

  async #post<Value>(url: string, bearer: string | undefined, json?: unknown, pool = ''): Promise<ApiAnswer<Value>> {
    return readApiAnswer(await this.#client.request({ method: 'POST', url, bearer, json, pool }));
  }
}
