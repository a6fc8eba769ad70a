import type { OrderStatus } from '../../shared/api/contract.ts';
import { ORDER_NAMES } from './order-words.ts';

/** What the operator looks for; '' for anything. */
export interface OrderFilter {
  q: string;
  status: OrderStatus | '';
  saleId: string;
}

export const isWide = ({ q, status, saleId }: OrderFilter): boolean => q === '' && status === '' && saleId === '';

/** As a query: `q=ann&status=PAID`. */
export const queryOf = (filter: OrderFilter): string =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')).toString();

export function filterInAddress(): OrderFilter {
  const given = new URLSearchParams(location.search);
  const status = given.get('status') ?? '';
  return { q: given.get('q') ?? '', status: isStatus(status) ? status : '', saleId: given.get('saleId') ?? '' };
}

export function showInAddress(filter: OrderFilter): void {
  const query = queryOf(filter);
  history.replaceState(null, '', query === '' ? location.pathname : `?${query}`);
}

const isStatus = (text: string): text is OrderStatus => Object.hasOwn(ORDER_NAMES, text);
