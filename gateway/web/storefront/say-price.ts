import { formatMoney } from '../shared/format/money.ts';
import { locale, words } from '../shared/i18n/language.ts';

/** An amount in the buyer's language, in the currency's minor unit. */
export const sayPrice = (cents: number, currency: string): string =>
  cents === 0 ? words.value.item.free : formatMoney(cents, currency, locale.value);
