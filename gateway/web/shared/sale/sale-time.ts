import type { Sale } from '../api/contract.ts';
import { locale, words } from '../i18n/language.ts';
import { saleStateNow } from './sale-state.ts';

/** The time that matters now: when the sale starts, ends, or ended. */
export function saySaleTime(sale: Pick<Sale, 'state' | 'startsAt' | 'endsAt'>, now: number): string {
  const { sale: say } = words.value;
  const state = saleStateNow(sale, now);
  const time = (iso: string) =>
    new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(Date.parse(iso));
  if (state === 'UPCOMING' || state === 'DRAFT') return say.startsAt(time(sale.startsAt));
  // A sale that was closed early ended before `endsAt`.
  if (state === 'ENDED') return Date.parse(sale.endsAt) <= now ? say.endedAt(time(sale.endsAt)) : say.ended;
  return say.endsAt(time(sale.endsAt));
}
