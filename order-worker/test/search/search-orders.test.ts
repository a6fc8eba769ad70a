import { type AdminSale, calls, newReservationId, type OrderEvent, sendOrderEvents } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { beforeAll, describe, expect, test } from 'vitest';
import { orderSearch } from '../../src/listeners/order-search/order-search.ts';
import { searchOrders } from '../../src/search/search-orders.ts';
import { tableFinder } from '../../src/search/table-finder.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;
let chairs: AdminSale;
let phones: AdminSale;
let orderIds: Record<string, string>;

const page = (asked: Parameters<typeof searchOrders>[1]) =>
  searchOrders({ prisma: platform.prisma, finder: tableFinder(platform.prisma) }, asked);

/** As the page shows them: user ids, the newest order first. */
const search = async (filter: object, limit = 100): Promise<string[]> =>
  (await page({ limit, ...filter })).orders.map(({ userId }) => userId);

async function searchIsUpToDate(orders: number): Promise<void> {
  const made = () => platform.prisma.order.count();
  await eventually(async () => (await made()) === orders, `${orders} orders are made`);
  await eventually(async () => {
    const [row] = await platform.prisma.$queryRaw<{ behind: number }[]>`
      SELECT count(*)::int AS behind FROM orders o LEFT JOIN order_search s ON s.order_id = o.id
      WHERE (s.status, s.user_id, s.sale_id, s.item_id, s.created_at) IS DISTINCT FROM (o.status, o.user_id, o.sale_id, o.item_id, o.created_at)`;
    return row?.behind === 0;
  }, 'the search has every order as it is');
}

beforeAll(async () => {
  ({ platform } = on);
  await platform.startWorker();
  chairs = await platform.openSale({ title: 'Autumn sale', item: { title: 'Chair, oak' }, itemCount: 2, stock: 50 });
  phones = await platform.openSale({ title: '双十一 抢购', item: { title: '华为手机 Mate60' } });
  orderIds = {};
  for (const [sale, buyers, item] of [
    [chairs, ['ann@example.com', 'ann@example.org', 'Ben'], 0],
    [chairs, ['cora'], 1],
    [phones, ['李雷', 'ann@example.com'], 0],
  ] as const) {
    for (const userId of buyers) {
      const [win] = await platform.win(sale, [userId], { item });
      orderIds[`${userId} ${sale.title}`] = win?.reservationId ?? '';
    }
  }
  await searchIsUpToDate(6);
  await platform.call(calls.cancelOrder, { userId: 'Ben', orderId: orderIds['Ben Autumn sale'] ?? '' });
  await searchIsUpToDate(6);
}, 60_000);

describe('an operator finds orders', () => {
  const cases: [what: string, filter: () => object, found: string[]][] = [
    ['all of them', () => ({}), ['ann@example.com', '李雷', 'cora', 'Ben', 'ann@example.org', 'ann@example.com']],
    ['of a sale', () => ({ saleId: phones.saleId }), ['ann@example.com', '李雷']],
    ['of an item', () => ({ itemId: itemIdOf(chairs, 1) }), ['cora']],
    ['by status', () => ({ status: 'CANCELLED' }), ['Ben']],
    ['by sale and status', () => ({ saleId: phones.saleId, status: 'CANCELLED' }), []],
    ['of a user', () => ({ userId: 'ann@example.com', status: 'PENDING_PAYMENT' }), ['ann@example.com', 'ann@example.com']],
    ['of a user by words', () => ({ userId: 'ann@example.com', q: '手机' }), ['ann@example.com']],
    ['of a user in a sale', () => ({ userId: 'ann@example.com', saleId: chairs.saleId }), ['ann@example.com']],
    ['by the beginning of a user id', () => ({ q: 'ann@' }), ['ann@example.com', 'ann@example.org', 'ann@example.com']],
    ['by a Chinese name', () => ({ q: '李' }), ['李雷']],
    [
      'by words of the titles, in any order and case',
      () => ({ q: ' OAK autumn ' }),
      ['cora', 'Ben', 'ann@example.org', 'ann@example.com'],
    ],
    ['by a part of a Chinese title', () => ({ q: '手机 十一' }), ['ann@example.com', '李雷']],
    ['by full-width letters', () => ({ q: 'ｍａｔｅ６０' }), ['ann@example.com', '李雷']],
    ['by an order number', () => ({ q: orderIds['cora Autumn sale'] }), ['cora']],
    ['by the beginning of an order number', () => ({ q: orderIds['Ben Autumn sale']?.slice(0, 20).toUpperCase() }), ['Ben']],
    ['not by a number with another status', () => ({ q: orderIds['cora Autumn sale'], status: 'PAID' }), []],
    ['by words and sale', () => ({ q: 'ann', saleId: phones.saleId }), ['ann@example.com']],
    ['not by words that no title has together', () => ({ q: 'oak 手机' }), []],
    ['not by a text that means something to SQL', () => ({ q: "%' OR '' = '" }), []],
    ['not before they were made', () => ({ to: '2026-01-01T00:00:00Z' }), []],
    ['not after now', () => ({ from: new Date(Date.now() + 60_000).toISOString() }), []],
    ['of today', () => ({ from: new Date(Date.now() - 3_600_000).toISOString(), status: 'CANCELLED' }), ['Ben']],
  ];
  test.each(cases)('%s', async (_what, filter, found) => {
    expect(await search(filter())).toEqual(found);
  });
});

test('pages of any size add up, and none has an order twice', async () => {
  const all = await search({});
  for (const limit of [1, 2, 4]) {
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const { orders, nextCursor } = await page({ limit, ...(cursor === undefined ? {} : { cursor }) });
      paged.push(...orders.map(({ userId }) => userId));
      cursor = nextCursor;
    } while (cursor !== undefined);
    expect(paged).toEqual(all);
  }
});

test('a rare status among thousands is found, over several scans', async () => {
  const itemId = itemIdOf(chairs);
  await platform.prisma.$executeRaw`
    INSERT INTO order_search (order_id, sale_id, item_id, user_id, status, version, created_at)
    SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 6, '0') || 'fffff0')::uuid,
      gen_random_uuid(), 'fffff0', 'many-' || n % 50, CASE n WHEN 3 THEN 'REFUNDED' ELSE 'PAID' END::order_status, 1, to_timestamp(1700000000)
    FROM generate_series(1, 9000) n`;
  const finder = tableFinder(platform.prisma);
  expect((await finder.find({ status: 'REFUNDED' }, 10)).orderIds).toHaveLength(1);
  expect((await finder.find({ status: 'REFUNDED', text: 'many-' }, 10)).orderIds).toHaveLength(1);
  expect((await finder.find({ text: 'many-', to: Date.now() }, 10)).orderIds).toHaveLength(10);
  expect((await finder.find({ itemId, status: 'REFUNDED' }, 10)).orderIds).toEqual([]);
});

test('an older event never replaces a newer status, in whatever order events come and however often', async () => {
  const orderId = newReservationId(itemIdOf(chairs));
  const event = (name: OrderEvent['event'], version: number): OrderEvent => ({
    ...{ event: name, orderId, saleId: chairs.saleId, itemId: itemIdOf(chairs), userId: 'dora', quantity: 1, amountCents: 1 },
    ...{ currency: 'EUR', reservedAt: 1, at: 1, payBy: 1, version },
  });
  const apply = (events: OrderEvent[]) =>
    platform.prisma.$transaction((tx: Prisma.TransactionClient) =>
      orderSearch.apply(
        tx,
        events.map((each) => ({ of: { event: each.event, saleId: each.saleId }, events: [each] }) as never),
      ),
    );
  const status = async () => (await platform.prisma.orderSearch.findUniqueOrThrow({ where: { orderId } })).status;
  await apply([event('paid', 1)]);
  await apply([event('created', 0)]);
  expect(await status()).toBe('PAID');
  await apply([event('refunded', 3), event('paid', 1), event('created', 0), event('partly-refunded', 2)]);
  await apply([event('paid', 1)]);
  expect(await status()).toBe('REFUNDED');
});

test('orders reach the search while workers come and go, and events come twice', async () => {
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 400 });
  const all = users(400, 'moving');
  for (let from = 0; from < 400; from += 100) {
    await platform.win(sale, all.slice(from, from + 100));
    const [goes] = platform.workers.splice(0, 1);
    await Promise.all([goes?.stop(), platform.startWorker()]);
  }
  await searchIsUpToDate(406);
  const [order] = await platform.prisma.order.findMany({ where: { saleId: sale.saleId }, take: 1 });
  if (order === null || order === undefined) throw new Error('There are 400.');
  const { id: orderId, saleId, itemId, userId } = order;
  const created = { event: 'created', orderId, saleId, itemId, userId, quantity: 1, amountCents: 1, currency: 'EUR' } as const;
  await sendOrderEvents(platform.publisher, [{ ...created, reservedAt: 1, at: Date.now(), payBy: 1, version: 0 }], {
    repeat: true,
  });
  await searchIsUpToDate(406);
});
