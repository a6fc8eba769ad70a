import { session } from '../session/session.ts';
import type { Ticket } from './contract.ts';
import { request } from './request.ts';

const mine = () => ({ accessToken: session.value?.accessToken });

/** The same user gets the same ticket, so the request is safe to repeat. */
export const takeTicket = (saleId: string) => request<Ticket>(`/api/sales/${saleId}/queue`, { method: 'POST', ...mine() });
export const readTicket = (ticketId: string) => request<Ticket>(`/api/queue/${encodeURIComponent(ticketId)}`, mine());
export const ticketStreamUrl = (ticketId: string) => `/api/queue/${encodeURIComponent(ticketId)}/live`;
/** What anyone needs to compute the order of the places again, once entries are closed. */
export const drawUrl = (saleId: string) => `/api/sales/${saleId}/draw`;
