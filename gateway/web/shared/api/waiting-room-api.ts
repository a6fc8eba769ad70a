import { session } from '../session/session.ts';
import { request } from './request.ts';

export type TicketState = 'WAITING' | 'ADMITTED' | 'DRAWN' | 'NOT_DRAWN' | 'SOLD_OUT' | 'ENDED';

/** A place in the waiting room of a sale. */
export interface Ticket {
  ticketId: string;
  saleId: string;
  state: TicketState;
  /** The ticket in the published data of the draw. */
  entryId: string;
  /** Absent before the shuffle. */
  place?: number;
  /** People who come before this one. */
  ahead?: number;
  etaSeconds?: number;
  etaFromSeconds?: number;
  etaToSeconds?: number;
  retryAfterMs?: number;
  unitsLeft?: number;
  /** Units in orders that are not paid yet, and may come back. */
  unitsUnpaid?: number;
  /** End of the time to buy. */
  claimBy?: string;
  missedTurn?: true;
}

const mine = () => ({ accessToken: session.value?.accessToken });

/** The same user gets the same ticket, so the request is safe to repeat. */
export const takeTicket = (saleId: string) => request<Ticket>(`/api/sales/${saleId}/queue`, { method: 'POST', ...mine() });
export const readTicket = (ticketId: string) => request<Ticket>(`/api/queue/${encodeURIComponent(ticketId)}`, mine());
export const ticketStreamUrl = (ticketId: string) => `/api/queue/${encodeURIComponent(ticketId)}/live`;
/** What anyone needs to compute the order of the places again, once entries are closed. */
export const drawUrl = (saleId: string) => `/api/sales/${saleId}/draw`;
