import { type AdminSale, calls, newId, newReservationId, type OrderEvent, sendOrderEvents } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWorkerConfig } from '../../src/config.ts';
import { createFinder, readSearch } from '../../src/data-hub/configure-sinks.ts';
import { OpenSearch } from '../../src/data-hub/sinks/opensearch/opensearch.ts';
import { openSearchFinder } from '../../src/data-hub/sinks/opensearch/opensearch-finder.ts';
import { openSearchSink } from '../../src/data-hub/sinks/opensearch/opensearch-sink.ts';
import { orderSearch } from '../../src/listeners/order-search/order-search.ts';
import type { OrderFinder } from '../../src/search/order-finder.ts';
import { searchOrders } from '../../src/search/search-orders.ts';
import { tableFinder } from '../../src/search/table-finder.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';
import { type OpenSearchServer, startOpenSearch } from './opensearch-server.ts';

const on = usePlatform();
/** Unlike that of any run before, on a server that stays. */
const INDEX = `orders-${newId()}`;
let platform: Platform;
let chairs: AdminSale;
let phones: AdminSale;
let orderIds: Record<string, string>;

/** OPENSEARCH_TEST_URL names a server in the place of the stand-in. */
let server: OpenSearchServer;
let engine: OpenSearch;
const searchEngine = (url = process.env['OPENSEARCH_TEST_URL'] ?? server.url, password = 'a password') =>
  new OpenSearch({ url, index: INDEX, user: 'hub', password }, 4);
const finders = {
  'PostgreSQL, the default': () => tableFinder(platform.prisma),
  OpenSearch: () => openSearchFinder(engine),
};

type Asked = Parameters<typeof searchOrders>[1];
const page = (finder: OrderFinder, asked: Asked) => searchOrders({ prisma: platform.prisma, finder }, asked);

/** As the page shows them: user ids, the newest order first. */
const search = async (finder: OrderFinder, filter: object, limit = 100): Promise<string[]> =>
  (await page(finder, { limit, ...filter })).orders.map(({ userId }) => userId);

function startFeeding(): Promise<unknown> {
  const sink = openSearchSink(engine, platform, 1);
  return platform.startWorker({ dataHub: { sinks: [{ name: 'opensearch', sink }], from: 'beginning' } });
}

/** Nothing while the index is being made. */
const found = (...asked: Parameters<OrderFinder['find']>) =>
  openSearchFinder(engine)
    .find(...asked)
    .catch(() => ({ orderIds: [] as string[] }));

/** With the statuses of PostgreSQL. */
const engineIsUpToDate = () =>
  eventually(async () => {
    const orders = await platform.prisma.order.findMany({ select: { id: true, status: true }, orderBy: { id: 'desc' } });
    for (const status of ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'] as const) {
      const { orderIds } = await found({ status }, 1_000);
      const wanted = orders.filter((order) => order.status === status).map(({ id }) => id);
      if (orderIds.join() !== wanted.join()) return false;
    }
    return true;
  }, 'the search engine has every order as it is');

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
  server = await startOpenSearch('hub', 'a password');
  engine = searchEngine();
  await startFeeding();
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
  await engineIsUpToDate();
}, 60_000);
afterAll(() => server.close());

describe.each(Object.entries(finders))('an operator finds orders in %s', (_name, finder) => {
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
    ['not by a text that means something to a search engine', () => ({ q: 'o?k' }), []],
    ['not by a star', () => ({ q: '*' }), []],
    ['not before they were made', () => ({ to: '2026-01-01T00:00:00Z' }), []],
    ['not after now', () => ({ from: new Date(Date.now() + 60_000).toISOString() }), []],
    ['of today', () => ({ from: new Date(Date.now() - 3_600_000).toISOString(), status: 'CANCELLED' }), ['Ben']],
  ];
  test.each(cases)('%s', async (_what, filter, found) => {
    expect(await search(finder(), filter())).toEqual(found);
  });

  test('in pages of any size, which add up, and none has an order twice', async () => {
    const all = await search(finder(), {});
    for (const limit of [1, 2, 3, 4, 6]) {
      const paged: string[] = [];
      let cursor: string | undefined;
      do {
        const { orders, nextCursor } = await page(finder(), { limit, ...(cursor === undefined ? {} : { cursor }) });
        paged.push(...orders.map(({ userId }) => userId));
        cursor = nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(all);
    }
  });
});

describe('the search engine', () => {
  const event = (orderId: string): OrderEvent => ({
    ...{ event: 'paid', orderId, saleId: chairs.saleId, itemId: itemIdOf(chairs), userId: 'u', quantity: 1, amountCents: 1 },
    ...{ currency: 'EUR', reservedAt: 1, at: 1, payBy: 1, version: 1 },
  });
  const cora = () => orderIds['cora Autumn sale'] ?? '';
  const batch = () => ({ name: '1', events: [event(cora())] });
  const lastWritten = () => orderIds['ann@example.org Autumn sale'] ?? '';
  const statusOf = async (orderId: string) => {
    const finder = openSearchFinder(engine);
    const found = await Promise.all(
      (['PENDING_PAYMENT', 'PAID', 'REFUNDED'] as const).map(async (status) => {
        const { orderIds: ids } = await finder.find({ text: orderId, status }, 1);
        return ids.length === 1 ? status : undefined;
      }),
    );
    return found.filter((each) => each !== undefined).join();
  };
  let version = 10;
  /** The sink reads the order as this says. Resolves once a search sees what was written. */
  const writing = async (changed: { status: string; version: number }) => {
    version += 1;
    const status = version % 2 === 0 ? 'PAID' : 'REFUNDED';
    const $queryRawUnsafe = async (statement: string, ...values: unknown[]) => {
      const rows = await platform.prisma.$queryRawUnsafe<{ orderId: string }[]>(statement, ...values);
      return rows.map((row) => ({ ...row, ...(row.orderId === cora() ? changed : { status, version }) }));
    };
    const events = [event(cora()), event(lastWritten())];
    await openSearchSink(engine, { prisma: { $queryRawUnsafe } as never }, 1).write({ name: '1', events });
    await eventually(async () => (await statusOf(lastWritten())) === status, 'the batch is there');
  };

  test('never lets an older state replace a newer one, and takes the same one twice', async () => {
    await writing({ status: 'PAID', version: 5 });
    expect(await statusOf(cora())).toBe('PAID');
    await writing({ status: 'PENDING_PAYMENT', version: 4 });
    expect(await statusOf(cora())).toBe('PAID');
    await writing({ status: 'REFUNDED', version: 5 });
    expect(await statusOf(cora())).toBe('REFUNDED');
  });

  test.runIf(process.env['OPENSEARCH_TEST_URL'] === undefined)('stores nothing that leads to the buyer but their id', () => {
    const document = server.documents()?.get(orderIds['Ben Autumn sale'] ?? '');
    expect(document).toEqual({
      ...{ orderId: orderIds['Ben Autumn sale'], saleId: chairs.saleId, itemId: itemIdOf(chairs), userId: 'Ben' },
      ...{ status: 'CANCELLED', version: 1, createdAt: expect.any(Number), titles: 'chair, oak autumn sale' },
    });
  });

  test('is what a worker with its address searches, whether it feeds it or not', async () => {
    const env = {
      ...{ OPENSEARCH_URL: process.env['OPENSEARCH_TEST_URL'] ?? server.url, OPENSEARCH_INDEX: INDEX, DATA_HUB_SINKS: 'none' },
      ...{ OPENSEARCH_USER: 'hub', OPENSEARCH_PASSWORD: 'a password' },
    };
    const { sinks, search: configured } = readWorkerConfig(env).dataHub;
    expect(sinks).toEqual([]);
    await platform.startWorker({ finder: await createFinder(configured), listeners: [] });
    // The table of the default search is empty.
    const rows = await platform.prisma.orderSearch.findMany();
    await platform.prisma.orderSearch.deleteMany();
    try {
      const { orders } = await platform.call(calls.searchOrders, { q: '手机', limit: 10 });
      expect(orders.map(({ userId }) => userId)).toEqual(['ann@example.com', '李雷']);
    } finally {
      await platform.prisma.orderSearch.createMany({ data: rows });
    }
    expect(readSearch({})).toEqual({ search: undefined, faults: [] });
    expect(readSearch({ OPENSEARCH_URL: 'search:9200' }).faults).toEqual([expect.stringContaining('OPENSEARCH_URL')]);
  });

  test('that is away, or refuses, gives an answer that says so', async () => {
    const find = (of: OpenSearch) => openSearchFinder(of).find({}, 1);
    await expect(find(searchEngine('http://127.0.0.1:9'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The search engine at 127.0.0.1:9 does not answer.',
    });
    const wrong = searchEngine(server.url, 'wrong');
    await expect(find(wrong)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/refused with HTTP 401/),
    });
    await expect(openSearchSink(wrong, platform, 1).write(batch())).rejects.toThrow(/refused with HTTP 401/);
    const standIn = searchEngine(server.url);
    await openSearchSink(standIn, platform, 1).prepare?.({ isAgain: false, since: 0 });
    server.refusal = 429;
    await expect(openSearchSink(standIn, platform, 1).write(batch())).rejects.toThrow('refused 1 of 1 orders: refused with 429.');
    server.refusal = undefined;
  });

  test('that lost its index gets it again when the sink starts over', { timeout: 60_000 }, async () => {
    if (process.env['OPENSEARCH_TEST_URL'] === undefined) server.deleteIndex();
    else await engine.ask('DELETE', `/${INDEX}-1`, { withinMs: 10_000 });
    await expect(openSearchFinder(engine).find({}, 1)).rejects.toMatchObject({ message: expect.stringMatching(/has no index/) });
    await expect(openSearchSink(engine, platform, 1).write(batch())).rejects.toThrow(/Start the sink over/);
    await startFeeding();
    await platform.call(calls.restartSink, { sink: 'opensearch', from: 'beginning' });
    await eventually(async () => (await found({}, 1)).orderIds.length === 1, 'orders come again');
    await engineIsUpToDate();
  });
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
