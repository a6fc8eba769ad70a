import { describe, expect, test } from 'vitest';
import { whyNotTold } from '../../../src/listeners/notices/notices.ts';
import { languageOf, type Told, wordsFor } from '../../../src/listeners/notices/order-words.ts';

const told = (change: Partial<Told> = {}): Told => ({
  event: 'created',
  orderId: 'o',
  userId: 'u',
  itemId: '000001',
  quantity: 1,
  amountCents: 123_456,
  currency: 'EUR',
  payBy: Date.UTC(2026, 10, 29, 10, 15),
  ...change,
});
const about = { shop: 'Lamps', item: 'Lamp', timeZone: 'Asia/Shanghai' };
const textIn = (event: Told, language: 'en' | 'zh') => {
  const { subject, lines, link } = wordsFor(event, language, about);
  return [subject, ...lines, link].join(' ');
};

test('times are in the time zone of the shop, and say so', () => {
  expect(textIn(told(), 'en')).toContain('29 November 2026 at 18:15 GMT+8');
  expect(textIn(told(), 'zh')).toContain('2026年11月29日 GMT+8 18:15');
});

test.each([
  ['EUR', 123_456, '€1,234.56'],
  ['JPY', 4_950, 'JP¥4,950'],
  ['KWD', 1_500, 'KWD 1.500'],
  // Intl gives the forint no decimals; ISO 4217 gives it two.
  ['HUF', 150, 'HUF 1.50'],
] as const)('an amount in %s has the decimals of its minor unit', (currency, amountCents, shown) => {
  expect(textIn(told({ currency, amountCents }), 'en').replaceAll('\u00a0', ' ')).toContain(shown);
});

test.each(['en', 'zh'] as const)('every notice in %s names the goods', (language) => {
  for (const event of ['created', 'paid', 'cancelled', 'refunded', 'partly-refunded'] as const)
    expect(textIn(told({ event, quantity: 3 }), language)).toContain('3 × Lamp');
});

test('a buyer who cancelled is not told that they paid too late', () => {
  expect(textIn(told({ event: 'cancelled', reason: 'buyer' }), 'en')).not.toContain('in time');
  expect(textIn(told({ event: 'cancelled', reason: 'unpaid' }), 'en')).toContain('in time');
});

describe('the language', () => {
  test.each([
    ['zh-Hans-CN', 'zh'],
    ['ZH', 'zh'],
    ['de-DE', 'en'],
  ] as const)('of a buyer with the locale %s is %s', (locale, language) => {
    expect(languageOf(locale, 'en')).toBe(language);
  });

  test('of a buyer without a locale is that of the shop', () => {
    expect(languageOf(undefined, 'zh')).toBe('zh');
  });
});

test('a buyer is not asked to pay once the time to pay is over, nor for a free order', () => {
  const event = { event: 'created', amountCents: 1, payBy: 1_000 } as const;
  expect(whyNotTold(event, 999)).toBeUndefined();
  expect(whyNotTold(event, 1_000)).toContain('over');
  expect(whyNotTold({ ...event, amountCents: 0 }, 999)).toContain('free');
  expect(whyNotTold({ ...event, event: 'cancelled' }, 1_000)).toBeUndefined();
});
