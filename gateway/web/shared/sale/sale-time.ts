import type { Sale } from '../api/contract.ts';
import { locale, words } from '../i18n/language.ts';
import { saleStateNow } from './sale-state.ts';

/** The one time of a sale that matters at the moment, in words: when it starts, ends, or has ended. */
export function saySaleTime(sale: Pick<Sale, 'state' | 'startsAt' | 'endsAt'>, now: number): string {
  const { sale: say } = words.value;
  const state = saleStateNow(sale, now);
  const time = (iso: string) =>
    new Intl.DateTimeFormat(locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(Date.parse(iso));
  if (state === 'UPCOMING' || state === 'DRAFT') return say.startsAt(time(sale.startsAt));
  // One that was closed early has ended before its time.
  if (state === 'ENDED') return Date.parse(sale.endsAt) <= now ? say.endedAt(time(sale.endsAt)) : say.ended;
  return say.endsAt(time(sale.endsAt));
}
