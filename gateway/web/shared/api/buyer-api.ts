import { deviceId } from '../session/device-id.ts';
import { session } from '../session/session.ts';
import type { Answer, Order, PurchaseToken, Reservation, Sale } from './contract.ts';
import { request } from './request.ts';

const ORDERS_A_PAGE = 20;

const accessToken = () => session.value?.accessToken;

export const listSales = () => request<Answer<'GET /api/sales'>>('/api/sales');
export const readSale = (saleId: string) => request<Sale>(`/api/sales/${encodeURIComponent(saleId)}`);

export const issueToken = (saleId: string, itemId: string) =>
  request<PurchaseToken>(`/api/sales/${saleId}/items/${itemId}/purchase-token`, {
    method: 'POST',
    deviceId,
    accessToken: accessToken(),
  });

/** The purchase token names the buyer, the item and the reservation id, so the request is safe to repeat. */
export const reserve = (purchaseToken: string, quantity: number, challengeSolution?: string) =>
  request<Answer<'POST /api/reservations'>>('/api/reservations', {
    method: 'POST',
    deviceId,
    body: {
      purchaseToken,
      ...(quantity === 1 ? {} : { quantity }),
      ...(challengeSolution === undefined ? {} : { challengeSolution }),
    },
  });

export const readReservation = (reservationId: string) =>
  request<Reservation>(`/api/reservations/${reservationId}`, { accessToken: accessToken() });

export const reservationStreamUrl = (reservationId: string) => `/api/reservations/${reservationId}/live`;

export const listOrders = (cursor?: string) =>
  request<Answer<'GET /api/orders'>>(`/api/orders?limit=${ORDERS_A_PAGE}${cursor === undefined ? '' : `&cursor=${cursor}`}`, {
    accessToken: accessToken(),
  });

/** Without a provider, the buyer takes the usual one. The checkout is in `language`. */
export const startPayment = (orderId: string, { provider, language }: { provider?: string | undefined; language: string }) =>
  request<Answer<'POST /api/orders/{orderId}/payments'>>(`/api/orders/${orderId}/payments`, {
    method: 'POST',
    body: provider === undefined ? {} : { provider },
    language,
    accessToken: accessToken(),
  });

export const cancelOrder = (orderId: string) =>
  request<Order>(`/api/orders/${orderId}/cancel`, { method: 'POST', accessToken: accessToken() });

export async function devSignIn(userId: string): Promise<string> {
  const { accessToken } = await request<Answer<'POST /api/dev/login'>>('/api/dev/login', { method: 'POST', body: { userId } });
  return accessToken;
}
