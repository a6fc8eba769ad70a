/**
 * The currencies of ISO 4217, list one of 1 January 2026, by the number of decimals of their minor unit. Metals, funds and test codes have no minor
 * unit, and are left out. `Intl.NumberFormat` is no substitute: it follows usage, and gives the Iraqi dinar and the Hungarian forint no decimals.
 */
const BY_DIGITS: readonly (readonly [digits: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP
    DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL
    MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];
const DIGITS = new Map(BY_DIGITS.flatMap(([digits, codes]) => codes.split(/\s+/).map((code) => [code, digits] as const)));

/** The highest price of a unit, in the currency's minor unit. */
export const MOST_CENTS = 2_000_000_000;

/** Returns whether `code` is a currency that a price can have today. */
export const isCurrency = (code: string): boolean => DIGITS.has(code);

/** Returns the number of decimals of a currency's minor unit: JPY 0, EUR 2, KWD 3. A code that ISO 4217 has withdrawn has 2, as most had. */
export const minorUnitDigits = (currency: string): number => DIGITS.get(currency) ?? 2;

/** Returns an amount in minor units as decimal text: 1999 EUR is "19.99", 4950 JPY is "4950". Without floats, so nothing is rounded. */
export function decimalOf(minorUnits: number | bigint, currency: string): string {
  const digits = minorUnitDigits(currency);
  // BigInt refuses a fraction.
  const [, sign = '', units = ''] = /^(-?)(\d+)$/.exec(String(BigInt(minorUnits))) ?? [];
  const text = units.padStart(digits + 1, '0');
  return sign + (digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`);
}

/** Returns an amount in minor units for a log, a report or an operator: `19.99 EUR`, `4950 JPY`. */
export const sayMoney = (minorUnits: number | bigint, currency: string): string =>
  `${decimalOf(minorUnits, currency)} ${currency}`;

/**
 * Returns decimal text in minor units: "19.99" EUR is 1999. Undefined if it is not a plain decimal number, has more decimals than the currency, or is
 * too large to be exact.
 */
export function minorUnitsOf(decimal: string, currency: string): number | undefined {
  const digits = minorUnitDigits(currency);
  const [, whole = '', fraction = ''] = /^(\d+)(?:[.](\d+))?$/.exec(decimal) ?? [];
  if (whole === '' || fraction.length > digits) return undefined;
  const minorUnits = Number(whole + fraction.padEnd(digits, '0'));
  return Number.isSafeInteger(minorUnits) ? minorUnits : undefined;
}
