import { minorUnitDigits } from 'seckill-core/currency';

/** Returns how to write an amount of the currency: with its decimals, and a point. */
export function amountHint(what: 'a price' | 'an amount', currency: string): string {
  const digits = minorUnitDigits(currency);
  if (digits === 0) return `Enter a whole number like 4900: ${currency} has no decimals.`;
  return `Enter ${what} like 49 or 49.${'90'.padEnd(digits, '0').slice(0, digits)}.`;
}
