import { loadStatement } from '../servers/statement.ts';
import type { AuditContext } from './audit-context.ts';
import type { Check, CheckKey, Finding } from './check.ts';
import { explainFaulty, explainOversold } from './explain-books.ts';
import { explainOverdue } from './explain-overdue.ts';
import { explainSold } from './explain-sold.ts';

const booksStatement = loadStatement(import.meta.url, 'books');

/** The sweep has found it by then. */
export const FORGOTTEN_AFTER_SECONDS = 30;

export interface ItemBooks {
  itemId: string;
  title: string;
  stock: number;
  sold: number;
  limitPerUser: number;
  liveUnits: number;
  pending: number;
  paid: number;
  cancelled: number;
  refunded: number;
  rejected: number;
  cancelledEarly: number;
  wrongAmount: number;
  forgotten: number;
  overLimit: number;
  overLimitBy: number;
}

/** Half a second for 200 000 orders, and most checks want it at the same moment: they share one reading. */
export function readBooks(context: AuditContext): Promise<ItemBooks[]> {
  const { reading } = context;
  reading.books ??= readBooksAnew(context).finally(() => {
    delete reading.books;
  });
  return reading.books;
}

/** As they are from now on: for whoever has looked somewhere else before. */
export function readBooksAnew({ prisma, sale }: AuditContext): Promise<ItemBooks[]> {
  return prisma.$queryRawUnsafe<ItemBooks[]>(booksStatement, sale.id, FORGOTTEN_AFTER_SECONDS);
}

export const sum = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);

/** What PostgreSQL's own books must say, each in one snapshot: exact at any time. */
export function checksOfBooks(context: AuditContext): Check[] {
  const check = (key: CheckKey, name: string, judge: (books: ItemBooks[]) => Finding, explain: Check['explain']): Check => ({
    key,
    name,
    look: async () => judge(await readBooks(context)),
    explain,
  });
  const none = (key: CheckKey, name: string, of: (item: ItemBooks) => number, what: string, explain: Check['explain']): Check =>
    check(key, name, (books) => ({ holds: sum(books, of) === 0, detail: `${sum(books, of)} ${what}` }), explain);
  return [
    check('oversold', 'No item has more units in live orders than its stock', judgeStock, async () =>
      explainOversold(await readBooks(context)),
    ),
    check('sold', "The items' sold columns say what their live orders add up to", judgeSold, async () =>
      explainSold(context, await readBooks(context)),
    ),
    check('limit', 'Nobody holds more units than the limit per user', judgeLimit, () => explainFaulty(context, 'limit')),
    none(
      'early',
      'No order was cancelled as unpaid before its payBy',
      (item) => item.cancelledEarly,
      'cancelled early',
      () => explainFaulty(context, 'early'),
    ),
    none(
      'overdue',
      'No unpaid order was forgotten after its payBy',
      (item) => item.forgotten,
      `still unpaid ${FORGOTTEN_AFTER_SECONDS} s later`,
      () => explainOverdue(context, FORGOTTEN_AFTER_SECONDS),
    ),
    none(
      'amount',
      'Every order costs its quantity times the price of its item',
      (item) => item.wrongAmount,
      'orders with another amount',
      () => explainFaulty(context, 'amount'),
    ),
  ];
}

function judgeStock(books: ItemBooks[]): Finding {
  const oversold = sum(books, (item) => Math.max(0, item.liveUnits - item.stock));
  return { holds: oversold === 0, oversold, detail: perItem(books, (item) => `${item.liveUnits} of ${item.stock} units`) };
}

function judgeSold(books: ItemBooks[]): Finding {
  const holds = books.every((item) => item.sold === item.liveUnits);
  return { holds, detail: perItem(books, (item) => `sold ${item.sold}, live orders ${item.liveUnits}`) };
}

function judgeLimit(books: ItemBooks[]): Finding {
  const duplicated = sum(books, (item) => item.overLimitBy);
  return { holds: duplicated === 0, duplicated, detail: `${sum(books, (item) => item.overLimit)} users beyond it` };
}

export function perItem<Item extends { title: string }>(items: readonly Item[], say: (item: Item) => string): string {
  return items.length === 1 && items[0] !== undefined
    ? say(items[0])
    : items.map((item) => `${item.title}: ${say(item)}`).join('; ');
}
