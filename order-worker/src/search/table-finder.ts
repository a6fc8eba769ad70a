import type { PrismaClient } from 'seckill-prisma';
import { loadStatement } from '../servers/statement.ts';
import type { FoundOrders, OrderFinder, OrderQuery } from './order-finder.ts';
import { EVERY_NUMBER, type NumberRange, numbersThatBegin, wordsOf } from './search-text.ts';

const itemsStatement = loadStatement(import.meta.url, 'find-items');
const usersStatement = loadStatement(import.meta.url, 'find-users');
const scanStatement = loadStatement(import.meta.url, 'scan-orders');

/** Orders that one statement looks through, for each item or user of the search. */
const SCAN = 2_000;
/** Orders of more items or users than these are looked for among all orders. */
const MOST_ITEMS = 100;
const MOST_USERS = 20;
/** A word that more titles contain finds the orders of the newest items. */
const MOST_FITTING_ITEMS = 10_000;
/** A page ends with what it has by then, and the next one goes on. */
const PAGE_WITHIN_MS = 1_500;
const [, NEWEST] = EVERY_NUMBER;
const END_OF_TIME_MS = 2 ** 47;

type Database = Pick<PrismaClient, '$queryRawUnsafe'>;

/** Which orders a statement looks through. */
interface Places {
  users: string[] | null;
  items: string[] | null;
  /** Only orders of these items. */
  only: string[] | null;
  /** Only orders of these items, and of users whose ids begin with the text. */
  fit: { text: string; items: string[] } | undefined;
  /** Only orders with these numbers. */
  range: NumberRange;
}

/** The built-in search: the table `order_search`, and the titles of items and sales. */
export const tableFinder = (prisma: Database): OrderFinder => ({
  async find(query, limit) {
    const endAt = performance.now() + PAGE_WITHIN_MS;
    const range = numbersThatBegin(query.text ?? '');
    if (range !== undefined) {
      const byNumber = await look(prisma, await placesOf(prisma, { ...query, text: '' }, range), query, { limit, endAt });
      if (byNumber.orderIds.length > 0) return byNumber;
    }
    return look(prisma, await placesOf(prisma, query), query, { limit, endAt });
  },
});

async function look(
  prisma: Database,
  places: Places,
  query: OrderQuery,
  { limit, endAt }: { limit: number; endAt: number },
): Promise<FoundOrders> {
  const found: FoundOrders = { orderIds: [], next: query.before };
  for (;;) {
    const { scanned, last, orderIds } = await scan(prisma, places, { ...query, before: found.next });
    const room = limit - found.orderIds.length;
    found.orderIds.push(...orderIds.slice(0, room));
    if (orderIds.length > room) return { ...found, next: found.orderIds.at(-1) };
    if (scanned < SCAN || last === null) return { ...found, next: undefined };
    found.next = last;
    if (found.orderIds.length === limit || performance.now() > endAt) return found;
  }
}

async function placesOf(
  prisma: Database,
  { text = '', saleId, itemId, userId }: OrderQuery,
  range = EVERY_NUMBER,
): Promise<Places> {
  const isOfSome = saleId !== undefined || itemId !== undefined;
  const only = isOfSome ? await findItems(prisma, { saleId, itemId, text: '' }) : null;
  const ofAll = { users: null, items: null, only, fit: undefined, range };
  if (text === '') return { ...ofAll, ...(userId === undefined ? { items: only } : { users: [userId] }) };
  const fit = { text, items: await findItems(prisma, { saleId, itemId, text }) };
  if (userId !== undefined) return { ...ofAll, users: [userId], fit };
  const users = await findUsers(prisma, text);
  if (users.length > MOST_USERS || fit.items.length > MOST_ITEMS) return { ...ofAll, items: only, fit };
  return { ...ofAll, users, items: fit.items };
}

async function findItems(
  prisma: Database,
  { saleId, itemId, text }: { text: string } & Pick<OrderQuery, 'saleId' | 'itemId'>,
): Promise<string[]> {
  const rows = await prisma.$queryRawUnsafe<{ itemId: string }[]>(
    itemsStatement,
    saleId ?? null,
    itemId ?? null,
    wordsOf(text),
    MOST_FITTING_ITEMS,
  );
  return rows.map((row) => row.itemId);
}

async function findUsers(prisma: Database, text: string): Promise<string[]> {
  const rows = await prisma.$queryRawUnsafe<{ userId: string }[]>(usersStatement, text, MOST_USERS + 1);
  return rows.map(({ userId }) => userId);
}

interface Scanned {
  scanned: number;
  last: string | null;
  orderIds: string[];
}

async function scan(
  prisma: Database,
  { users, items, only, fit, range }: Places,
  { status, from, to, before }: OrderQuery,
): Promise<Scanned> {
  const [row] = await prisma.$queryRawUnsafe<Scanned[]>(
    scanStatement,
    users,
    items,
    before ?? NEWEST,
    SCAN,
    only,
    status ?? null,
    from ?? 0,
    to ?? END_OF_TIME_MS,
    ...range,
    fit?.text ?? null,
    fit?.items ?? [],
  );
  return row ?? { scanned: 0, last: null, orderIds: [] };
}
