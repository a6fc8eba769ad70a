import { minorUnitDigits } from 'seckill-core/currency';
import type { SaleReport } from '../../shared/api/contract.ts';

type Cell = string | number;

/** RFC 4180. An apostrophe goes before a text that a spreadsheet would run as a formula. */
function line(cells: readonly Cell[]): string {
  return cells
    .map((cell) => {
      if (typeof cell === 'number') return String(cell);
      const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}

/**
 * Several tables, each with its header: items, revenue, answers, orders, and units over time. Amounts are whole numbers, as spreadsheets read decimal
 * points by their language; `decimals` says how many of their digits are decimals.
 */
export function reportCsv(report: SaleReport): string {
  const tables: Cell[][][] = [
    [
      ['sale', 'title', 'starts_at', 'ends_at', 'made_at'],
      [report.saleId, report.title, report.startsAt, report.endsAt, report.madeAt],
    ],
    [
      [
        'item',
        'title',
        'price_cents',
        'currency',
        'decimals',
        'stock',
        'won',
        'paid',
        'pending',
        'returned',
        'resold',
        'revenue_cents',
      ],
      ...report.items.map((item) => [
        item.itemId,
        item.title,
        item.priceCents,
        item.currency,
        minorUnitDigits(item.currency),
        item.stock,
        item.won,
        item.paid,
        item.pending,
        item.returned,
        item.resold,
        item.revenueCents,
      ]),
    ],
    [
      ['currency', 'decimals', 'revenue_cents'],
      ...report.revenue.map(({ currency, cents }) => [currency, minorUnitDigits(currency), cents]),
    ],
    [['step', 'count'], ...Object.entries(report.funnel)],
    [['answer', 'count'], ...Object.entries(report.answers)],
    [['order_state', 'count'], ...Object.entries(report.orders)],
    [['at', 'won', 'paid', 'returned'], ...report.sellThrough.map(({ at, won, paid, returned }) => [at, won, paid, returned])],
  ];
  return tables.map((rows) => rows.map((row) => `${line(row)}\r\n`).join('')).join('\r\n');
}
