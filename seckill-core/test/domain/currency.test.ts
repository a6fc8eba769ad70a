import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decimalOf, isCurrency, minorUnitDigits, minorUnitsOf, sayMoney } from '../../src/domain/currency.ts';

test.each([
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [2, 'AED CNY EUR GBP HUF IDR MRU TWD USD ZWG'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
])('minor units with %i decimals, as ISO 4217 has them: %s', (digits, codes) => {
  for (const code of codes.split(' ')) expect([code, isCurrency(code), minorUnitDigits(code)]).toEqual([code, true, digits]);
});

test('gold, test codes, withdrawn codes and what is no code are not currencies for a price', () => {
  for (const code of ['XAU', 'XTS', 'XXX', 'DEM', 'HRK', 'ABC', 'eur', 'EU', ''])
    expect([code, isCurrency(code)]).toEqual([code, false]);
});

describe('decimal text and minor units', () => {
  test.each([
    [1_999, 'EUR', '19.99'],
    [5, 'EUR', '0.05'],
    [0, 'EUR', '0.00'],
    [4_950, 'JPY', '4950'],
    [0, 'JPY', '0'],
    [4_950, 'KWD', '4.950'],
    [7, 'CLF', '0.0007'],
    [Number.MAX_SAFE_INTEGER, 'USD', '90071992547409.91'],
  ])('%i %s is %s', (minorUnits, currency, decimal) => {
    expect(decimalOf(minorUnits, currency)).toBe(decimal);
    expect(minorUnitsOf(decimal, currency)).toBe(minorUnits);
  });

  test('a difference may be negative', () => {
    expect([decimalOf(-5, 'EUR'), sayMoney(-4_950, 'JPY')]).toEqual(['-0.05', '-4950 JPY']);
  });

  test('fewer decimals than the currency has are enough', () => {
    expect(minorUnitsOf('49', 'EUR')).toBe(4_900);
    expect(minorUnitsOf('49.9', 'EUR')).toBe(4_990);
    expect(minorUnitsOf('049.5', 'KWD')).toBe(49_500);
  });

  test.each([
    ['19.999', 'EUR'],
    ['4950.0', 'JPY'],
    ['1.2345', 'KWD'],
    ['90071992547409.92', 'USD'],
    ['4,90', 'EUR'],
    ['1e3', 'EUR'],
    ['-1', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    [' 5', 'EUR'],
    ['٥', 'EUR'],
    ['', 'EUR'],
  ])('"%s" is no amount in %s', (decimal, currency) => {
    expect(minorUnitsOf(decimal, currency)).toBeUndefined();
  });

  test('no amount changes on the way to text and back, and none is rounded', () => {
    const currency = fc.constantFrom('JPY', 'EUR', 'KWD', 'CLF');
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), currency, (minorUnits, code) => {
        expect(minorUnitsOf(decimalOf(minorUnits, code), code)).toBe(minorUnits);
      }),
    );
    for (const amount of [0.5, Number.NaN]) expect(() => decimalOf(amount, 'EUR')).toThrow(RangeError);
  });
});
