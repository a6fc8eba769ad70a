import { sleep } from 'k6';
import http, { type RefinedResponse } from 'k6/http';
import { winHasOrder, winToOrder } from './answers.ts';
import { gateway } from './settings.ts';

// "No" is an answer, not a failed request.
http.setResponseCallback(http.expectedStatuses({ min: 200, max: 499 }, 503));

type Response = RefinedResponse<'text'>;

export interface Answer {
  status: number;
  /** `RESERVED`, or the problem's code. */
  code: string;
  reservationId: string;
  retryAfterMs: number;
  ms: number;
}

/** Where a buyer's requests come from, as the platform's rules see it. */
export interface Client {
  device?: string;
}

const deviceOf = ({ device }: Client): Record<string, string> => (device === undefined ? {} : { 'x-device-id': device });

const params = (name: string, accessToken?: string, client: Client = {}) => ({
  headers: { ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }), ...deviceOf(client) },
  tags: { name },
});

const json = (name: string, client: Client = {}) => ({
  headers: { 'content-type': 'application/json', ...deviceOf(client) },
  tags: { name },
});

export function login(userId: string): string {
  const response = http.post(`${gateway()}/api/dev/login`, JSON.stringify({ userId }), json('login'));
  return bodyOf(response)['accessToken'] ?? fail('login', response);
}

/** A token, or the code of the refusal. */
export function fetchToken(
  accessToken: string,
  saleId: string,
  itemId: string,
  client?: Client,
): { purchaseToken?: string; code: string } {
  const url = `${gateway()}/api/sales/${saleId}/items/${itemId}/purchase-token`;
  const response = http.post(url, null, params('purchase token', accessToken, client));
  const { purchaseToken, code } = bodyOf(response);
  if (purchaseToken !== undefined) return { purchaseToken, code: '' };
  return { code: code ?? `HTTP_${response.status}` };
}

export function reserve(purchaseToken: string, more: object = {}, client?: Client): Answer {
  const body = JSON.stringify({ purchaseToken, ...more });
  return readAnswer(http.post(`${gateway()}/api/reservations`, body, json('reserve', client)));
}

export function readAnswer(response: Response): Answer {
  const body = bodyOf(response);
  return {
    status: response.status,
    code:
      (response.status === 202 ? body['status'] : body['code']) ??
      `HTTP_${response.status} ${String(response.body).slice(0, 100)}`,
    reservationId: body['reservationId'] ?? '',
    retryAfterMs: Number(body['retryAfterMs'] ?? 0),
    ms: response.timings.duration,
  };
}

/** `RESERVED`, `ORDERED`, …; empty if no answer says so. */
export function statusOf(accessToken: string, reservationId: string): string {
  return bodyOf(http.get(`${gateway()}/api/reservations/${reservationId}`, params('look', accessToken)))['status'] ?? '';
}

/** Polls until the reservation is in one of these states. Returns the last state seen. */
export function waitFor(accessToken: string, reservationId: string, states: readonly string[], withinMs: number): string {
  const until = Date.now() + withinMs;
  for (let pause = 0.05; ; pause = Math.min(pause * 1.5, 1)) {
    const status = statusOf(accessToken, reservationId);
    if (states.includes(status) || Date.now() > until) return status;
    sleep(pause);
  }
}

const AFTER_THE_ORDER = ['ORDERED', 'PAID', 'CANCELLED', 'REJECTED', 'REFUNDED'];

/** Waits for the winner's order and records how long it took. Returns true if it exists in time. */
export function waitForOrder(accessToken: string, reservationId: string, withinMs = 30_000): boolean {
  const wonAt = Date.now();
  const status = waitFor(accessToken, reservationId, AFTER_THE_ORDER, withinMs);
  const ordered = AFTER_THE_ORDER.includes(status);
  winHasOrder.add(ordered);
  if (ordered) winToOrder.add(Date.now() - wonAt);
  return ordered;
}

/** Pays at the sandbox. Returns false if the order can no longer be paid. */
export function pay(accessToken: string, orderId: string): boolean {
  const started = http.post(`${gateway()}/api/orders/${orderId}/payments`, null, params('start payment', accessToken));
  const { checkoutUrl } = bodyOf(started);
  if (checkoutUrl === undefined) return false;
  return http.post(`${checkoutUrl}/pay`, null, params('pay')).status === 200;
}

export function ordersOf(accessToken: string): { orderId: string; status: string }[] {
  const response = http.get(`${gateway()}/api/orders`, params('orders', accessToken));
  const body = JSON.parse(String(response.body));
  return Array.isArray(body) ? body : body.orders;
}

function bodyOf({ body }: Response): Partial<Record<string, string>> {
  try {
    return JSON.parse(String(body));
  } catch {
    return {};
  }
}

function fail(what: string, { status, body }: Response): never {
  throw new Error(`The ${what} was answered ${status}: ${body}`);
}
