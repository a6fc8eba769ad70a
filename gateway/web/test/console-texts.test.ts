import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { alarmsOf } from '../console/alarms/alarms.ts';
import { timeRange } from '../console/charts/chart-options.ts';
import { orderRateSeries } from '../console/charts/sale-series.ts';
import { OPEN, type RoomDraft } from '../console/new-sale/room-draft.ts';
import { faultsOf, newDraft, newItem, type SaleDraft, saleOf } from '../console/new-sale/sale-draft.ts';
import { warningsOf } from '../console/new-sale/sale-warnings.ts';
import { ANSWER_KINDS } from '../console/parts/answer-kinds.ts';
import { formatShare } from '../console/parts/numbers.ts';
import { reportCsv } from '../console/report/report-csv.ts';
import type { AuditReport, OperatorFrame, SaleReport } from '../shared/api/contract.ts';
import { formatMoney } from '../shared/format/money.ts';

const now = Date.parse('2026-11-11T08:00:00Z');

function draft(change: Partial<SaleDraft> = {}): SaleDraft {
  const item = { ...newItem(), title: 'Lamp', price: '49.90', stock: '100' };
  return { ...newDraft(now), title: 'Night', items: [item], ...change };
}

describe('the form of a sale', () => {
  test('is valid by default, except for title, name and price', () => {
    expect(faultsOf(newDraft(now), now).map(({ field }) => field)).toEqual(['title', 'item-0-title', 'item-0-price']);
    expect(faultsOf(draft(), now)).toEqual([]);
  });

  test('becomes the request body of the API', () => {
    expect(saleOf(draft())).toMatchObject({
      title: 'Night',
      startsAt: '2026-11-11T08:15:00.000Z',
      endsAt: '2026-11-11T09:15:00.000Z',
      payTimeoutSeconds: 900,
      tokenLeadSeconds: 300,
      items: [{ title: 'Lamp', priceCents: 4_990, currency: 'EUR', stock: 100, limitPerUser: 1 }],
    });
  });

  test('keeps cents that binary fractions would lose', () => {
    const items = ['0.29', '1.15', '19.99', '1000000.01'].map((price) => ({ ...newItem(), title: 'x', price }));
    expect(saleOf(draft({ items })).items.map(({ priceCents }) => priceCents)).toEqual([29, 115, 1_999, 100_000_001]);
  });

  test.each([
    ['JPY', '4950', 4_950],
    ['KWD', '4.95', 4_950],
    ['CLF', '0.4950', 4_950],
    ['HUF', '49.50', 4_950],
  ])('sends a price in %s in the minor unit: %s is %i', (currency, price, priceCents) => {
    const sent = draft({ items: [{ ...newItem(currency), title: 'x', price }] });
    expect(faultsOf(sent, now)).toEqual([]);
    expect(saleOf(sent).items).toMatchObject([{ currency, priceCents }]);
  });

  test.each([
    ['JPY', '4950.0', 'Enter a whole number like 4900: JPY has no decimals.'],
    ['EUR', '49.999', 'Enter a price like 49 or 49.90.'],
    ['KWD', '4.9999', 'Enter a price like 49 or 49.900.'],
    ['EUR', '20000000.01', 'At most 20000000.00.'],
    ['JPY', '2000000001', 'At most 2000000000.'],
  ])('refuses a price in %s of %s: %s', (currency, price, text) => {
    const items = [{ ...newItem(currency), title: 'x', price }];
    expect(faultsOf(draft({ items }), now)).toEqual([{ field: 'item-0-price', text }]);
  });

  test.each([
    [{ title: ' ' }, 'title'],
    [{ startsAt: '' }, 'startsAt'],
    [{ startsAt: '2020-01-01T00:00' }, 'startsAt'],
    [{ endsAt: '2020-01-01T00:00' }, 'endsAt'],
    [{ payMinutes: '0' }, 'payMinutes'],
    [{ payMinutes: 'soon' }, 'payMinutes'],
    [{ leadMinutes: '-1' }, 'leadMinutes'],
    [{ leadMinutes: '' }, 'leadMinutes'],
    [{ ratePerSecond: '1.5' }, 'ratePerSecond'],
    [{ burst: '0' }, 'burst'],
  ] as [Partial<SaleDraft>, string][])('refuses %o', (change, field) => {
    expect(faultsOf(draft(change), now).map((fault) => fault.field)).toContain(field);
  });

  const room = (change: Partial<RoomDraft>) => draft({ room: { ...OPEN, ...change } });

  test('a sale is open to everyone unless its operator chooses a queue or a draw', () => {
    expect(saleOf(draft())).not.toHaveProperty('admission');
    expect(saleOf(room({ claimSeconds: '60' }))).not.toHaveProperty('waitingRoom');
    expect(saleOf(room({ admission: 'queue' }))).toMatchObject({ admission: 'queue', waitingRoom: {} });
    const queue = { claimSeconds: '60', staleSeconds: '20', missedTurn: 'keep', priorityWeight: '5' } as const;
    expect(saleOf(room({ admission: 'queue', ...queue })).waitingRoom).toEqual({
      claimSeconds: 60,
      staleSeconds: 20,
      missedTurn: 'keep',
      priorityWeight: 5,
    });
    const drawn = saleOf(room({ admission: 'draw', priorityWeight: '5', entriesUntil: '2026-11-11T08:10' }));
    expect(drawn.waitingRoom).toEqual({ entriesUntil: new Date('2026-11-11T08:10').toISOString() });
  });

  test.each([
    [{ admission: 'queue', claimSeconds: '1' }, ['claimSeconds']],
    [{ admission: 'queue', staleSeconds: '121' }, ['staleSeconds']],
    [{ admission: 'queue', claimSeconds: '300', staleSeconds: '121' }, []],
    [{ admission: 'queue', priorityWeight: '0' }, ['priorityWeight']],
    [{ admission: 'draw', priorityWeight: '0' }, []],
    [{ admission: 'draw', entriesUntil: '2027-01-01T00:00' }, ['entriesUntil']],
    [{ admission: 'open', claimSeconds: 'soon' }, []],
  ] as [Partial<RoomDraft>, string[]][])('of a waiting room with %o has these faults: %j', (change, fields) => {
    expect(faultsOf(room(change), now).map(({ field }) => field)).toEqual(fields);
  });

  test.each([
    ['price', '4,90', 'item-0-price'],
    ['price', '1.999', 'item-0-price'],
    ['currency', 'Euro', 'item-0-currency'],
    ['currency', 'ABC', 'item-0-currency'],
    ['stock', '0', 'item-0-stock'],
    ['limitPerUser', '101', 'item-0-limit'],
  ] as const)('refuses an item whose %s is %s', (key, value, field) => {
    const [item = newItem()] = draft().items;
    expect(faultsOf(draft({ items: [{ ...item, [key]: value }] }), now).map((fault) => fault.field)).toEqual([field]);
  });

  test('warns about settings that are allowed but odd', () => {
    expect(warningsOf(draft(), now)).toEqual([]);
    const [item = newItem()] = draft().items;
    const odd = draft({ payMinutes: '0.5', leadMinutes: '0', items: [{ ...item, price: '0', stock: '10000000' }] });
    const text = warningsOf(odd, now).join(' ');
    for (const part of ['bank app', 'right at the start', 'is free', 'cannot be sold before the end'])
      expect(text).toContain(part);
  });
});

test('a report as CSV keeps commas, quotes and line breaks, and runs nothing in a spreadsheet', () => {
  const report = {
    saleId: 's',
    title: 'Say "hi",\nnow',
    startsAt: 'a',
    endsAt: 'b',
    madeAt: 'c',
    items: [
      {
        itemId: '00002a',
        title: '=1+1',
        priceCents: 1,
        currency: 'EUR',
        stock: 2,
        won: 3,
        paid: 4,
        pending: 5,
        returned: 6,
        resold: 7,
        revenueCents: 8,
      },
    ],
    revenue: [
      { currency: 'CNY', cents: 9 },
      { currency: 'JPY', cents: 8 },
    ],
    funnel: { tokens: 1, tries: 2, won: 3, ordered: 4, paid: 5 },
    answers: { RESERVED: 3 },
    orders: { pendingPayment: 1, paid: 2, cancelled: 3, refunded: 4, rejected: 5 },
    sellThrough: [{ at: 't', won: 1, paid: 1, returned: 0 }],
  } as unknown as SaleReport;
  const csv = reportCsv(report);
  expect(csv).toContain('s,"Say ""hi"",\nnow",a,b,c\r\n');
  expect(csv).toContain("00002a,'=1+1,1,EUR,2,2,3,4,5,6,7,8\r\n");
  expect(csv).toContain('currency,decimals,revenue_cents\r\nCNY,2,9\r\nJPY,0,8\r\n');
  expect(csv).toContain('at,won,paid,returned\r\nt,1,1,0\r\n');
});

test.each([
  [4_950, 'JPY', 'en-GB', '¥4,950'],
  [4_950, 'JPY', 'zh-CN', '¥4,950'],
  [4_950, 'CNY', 'zh-CN', '¥49.50'],
  [4_950, 'EUR', 'en-GB', '€49.50'],
  [4_950, 'KWD', 'en-GB', 'KWD\u00a04.950'],
  [4_950, 'HUF', 'en-GB', 'Ft\u00a049.50'],
  [0, 'KRW', 'en-GB', '₩0'],
  [9_007_199_254_740_993n, 'EUR', 'en-GB', '€90,071,992,547,409.93'],
])('%d minor units of %s read in %s as %s', (cents, currency, locale, text) => {
  expect(formatMoney(cents, currency, locale)).toBe(text);
});

describe('the alarms of the console', () => {
  const gateway = {
    process: 'gateway' as const,
    processId: 'abcdef123',
    ageSeconds: 9,
    cpu: 0.2,
    busy: 0.2,
    rssBytes: 1,
    silentMs: 400,
  };
  const orders = { consumer: 'orders', stream: 'SECKILL_RESERVATIONS', waiting: 9, inHand: 9, behindMs: 900 };
  const frame: OperatorFrame = {
    at: now,
    answers: { RESERVED: { total: 5, perSecond: 5 }, UNAVAILABLE: { total: 3, perSecond: 0 } },
    latencyMs: { won: null, others: null },
    sales: [],
    workerAnswers: true,
    queues: [orders],
    deadLetters: 0,
    refusedRefunds: 0,
    processes: [gateway],
  };
  const six = (each: OperatorFrame) => Array.from({ length: 6 }, () => each);
  const books = { holds: true, drift: 0 } as AuditReport;

  test('are silent while all is well', () => {
    expect(alarmsOf({ frames: six(frame), link: 'open', audit: books })).toEqual([]);
    expect(alarmsOf({ frames: [], link: 'connecting' })).toEqual([]);
  });

  test('report an audit that does not hold, and old figures', () => {
    expect(alarmsOf({ frames: six(frame), link: 'open', audit: { ...books, holds: false, drift: 2 } })[0]?.says).toContain(
      'drift 2',
    );
    expect(alarmsOf({ frames: six(frame), link: 'waiting' })[0]?.says).toContain('does not answer');
  });

  test.each([
    ['a queue that falls behind', { queues: [{ ...orders, behindMs: 8_000 }] }, '8.0 s behind with orders'],
    ['a silent process', { processes: [{ ...gateway, silentMs: 6_000 }] }, 'gateway abcdef has been silent for 6 s'],
    ['dead letters', { deadLetters: 1 }, '1 message could not be handled'],
    ['refused refunds', { refusedRefunds: 2 }, '2 refunds were refused'],
    ['stuck sagas', { stuckSagas: 1 }, '1 saga is stuck'],
    ['webhooks that fail', { failingWebhooks: 2 }, '2 webhook endpoints accept nothing'],
    ['a webhook that was disabled', { disabledWebhooks: 1 }, '1 webhook endpoint was disabled'],
    ['what listeners gave up', { deadTasks: 3 }, '3 tasks of listeners were given up'],
  ])('tell of %s at once', (_of, change, text) => {
    expect(alarmsOf({ frames: [frame, { ...frame, ...change }], link: 'open' })).toMatchObject([
      { says: expect.stringContaining(text) },
    ]);
  });

  test.each([
    ['a worker that is away', { workerAnswers: false }, 'No order worker answers'],
    ['buyers who hear UNAVAILABLE', { answers: { UNAVAILABLE: { total: 9, perSecond: 12 } } }, '12/s buyers'],
    ['a gateway without room', { processes: [{ ...gateway, busy: 0.97 }] }, '97 % busy'],
  ])('tell of %s once it lasts, and not of what the gateway remembers', (_of, change, text) => {
    const odd = { ...frame, ...change };
    expect(alarmsOf({ frames: six(odd), link: 'open' })).toMatchObject([{ says: expect.stringContaining(text) }]);
    expect(alarmsOf({ frames: [frame, ...six(odd).slice(1)], link: 'open' })).toEqual([]);
    expect(alarmsOf({ frames: six({ ...odd, processes: [] }), link: 'open' })).toEqual([]);
  });
});

test('a share is 100 % only of all, and 0 % only of none', () => {
  expect([0, 1 / 5_000, 0.05, 0.5, 418 / 420, 9_999 / 10_000, 1].map(formatShare)).toEqual([
    '0 %',
    '0.1 %',
    '5.0 %',
    '50 %',
    '99.5 %',
    '99.9 %',
    '100 %',
  ]);
});

test('the style sheet of the console has a colour for every answer', () => {
  const css = readFileSync(new URL('../console/console.css', import.meta.url), 'utf8');
  for (const { colour } of ANSWER_KINDS) expect(css).toContain(`${colour}: light-dark(`);
});

test('the time axis of a chart spans its times, and at least some seconds before the last one', () => {
  expect(timeRange([100, 200], 30_000)).toEqual([100, 200]);
  expect(timeRange([195, 200], 30_000)).toEqual([170, 200]);
  expect(timeRange([200], 1_000)).toEqual([199, 200]);
});

describe('the rate of orders', () => {
  test('is measured between two counts of the worker, even if frames repeat the last count', () => {
    const counts = [
      [0, 0],
      [0, 0],
      [0, 0],
      [4_000, 400],
      [4_000, 400],
      [4_000, 400],
      [4_000, 400],
      [4_000, 400],
      [9_000, 400],
    ] as const;
    const moments = counts.map(([toldAt, paid], i) => {
      const orders = { pendingPayment: 0, paid, cancelled: 0, refunded: 0, rejected: 0 };
      return { at: i * 1_000, toldAt, sale: { saleId: 's', perSecond: {}, items: [], orders } };
    });
    const paid = orderRateSeries(moments).find(({ key }) => key === 'paid');
    expect(paid?.values).toEqual([null, null, null, 100, 100, 100, 100, 100, 0]);
  });
});
