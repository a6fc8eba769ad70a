/** `priceCents` of design.md is in hundredths of the currency's unit, whatever the currency. */
export function formatMoney(cents: number, currency: string, locale: string): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(cents / 100);
  } catch {
    // The browser does not know this currency code.
    return `${(cents / 100).toFixed(2)} ${currency}`;
  }
}
