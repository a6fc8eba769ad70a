import { decimalOf, minorUnitDigits } from 'seckill-core/currency';

/** Formats an amount in the currency's ISO 4217 minor unit. Decimals are the standard's: Intl's own leave out those that prices rarely use. */
export function formatMoney(cents: number | bigint, currency: string, locale: string): string {
  const digits = minorUnitDigits(currency);
  const money = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return money.format(decimalOf(cents, currency) as Intl.StringNumericLiteral);
}
