import type { Sale, SaleState } from '../api/contract.ts';

/** The answer may be seconds old, so the clock decides about start and end. */
export function saleStateNow(sale: Pick<Sale, 'state' | 'startsAt' | 'endsAt'>, now: number): SaleState {
  if (sale.state === 'DRAFT' || sale.state === 'ENDED') return sale.state;
  if (now >= Date.parse(sale.endsAt)) return 'ENDED';
  if (sale.state === 'UPCOMING' && now >= Date.parse(sale.startsAt)) return 'LIVE';
  return sale.state;
}

export const SALE_TONES: Readonly<Record<SaleState, string>> = {
  DRAFT: 'tone-quiet',
  UPCOMING: 'tone-info',
  LIVE: 'tone-act',
  PAUSED: 'tone-wait',
  ENDED: 'tone-quiet',
};
