import { type AdminSale, broadcast, calls, type SaleEvent, saleEvent, sendSaleEvent, soldOut } from 'seckill-core';
import { expect, test } from 'vitest';
import { ListenerRunner } from '../../src/listeners/runner/run-listener.ts';
import { readToEnd } from '../../src/servers/read-to-end.ts';
import { contextOf } from '../audit/books.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
const start = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 } as const;

/** The sale's events in the stream, each message of them. */
async function storedOf({ nc }: Platform, { saleId }: Pick<AdminSale, 'saleId'>): Promise<SaleEvent[]> {
  const events: SaleEvent[] = [];
  for await (const { data } of readToEnd(nc, { stream: 'SECKILL_ORDERS', subject: `seckill.sale.*.${saleId}`, start }))
    events.push(...saleEvent.decode(data));
  return events;
}

const namesOf = async (sale: Pick<AdminSale, 'saleId'>) => (await storedOf(on.platform, sale)).map(({ event }) => event);
const command = ({ saleId }: Pick<AdminSale, 'saleId'>, name: 'publish' | 'pause' | 'resume' | 'close') =>
  on.platform.call(calls.commandSale, { saleId, command: name });
const addStock = ({ saleId }: AdminSale, itemId: string, requestId: string) =>
  on.platform.call(calls.addStock, { saleId, itemId, add: 5, requestId });

test('each command of an operator is one event, in order, however often it is repeated', async () => {
  const { platform } = on;
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const draft = await platform.createSale({ title: 'Autumn', stock: 10 });
  const itemId = itemIdOf(draft);
  await addStock(draft, itemId, 'before it is public');
  await command(draft, 'publish');
  await command(draft, 'publish');
  await addStock(draft, itemId, 'once');
  await addStock(draft, itemId, 'once');
  await command(draft, 'pause');
  await command(draft, 'resume');
  await command(draft, 'close');
  const names = ['published', 'changed', 'paused', 'resumed', 'closed'];
  await eventually(async () => (await namesOf(draft)).length >= names.length, 'five events');
  expect(await namesOf(draft)).toEqual(names);
  const [published, changed] = await storedOf(platform, draft);
  const item = { itemId, title: 'An item', priceCents: 1_000, currency: 'EUR', stock: 15, limitPerUser: 1 };
  const { saleId, startsAt, endsAt, payTimeoutSeconds } = draft;
  const sale = { saleId, version: 2, title: 'Autumn', startsAt, endsAt, payTimeoutSeconds, items: [item] };
  expect(published).toMatchObject({ id: `published:${saleId}:2`, sale });
  expect(changed?.sale).toEqual({ ...sale, version: 3, items: [{ ...item, stock: 20 }] });
  expect(await platform.prisma.saleEvent.count({ where: { announcedAt: null } })).toBe(0);
});

test('an event that its worker did not publish before it died is published by another', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale();
  await eventually(async () => (await namesOf(sale)).length === 1, 'the first event');
  await platform.stopWorkers();
  const { id: _, ...row } = await platform.prisma.saleEvent.findFirstOrThrow({ where: { saleId: sale.saleId } });
  const eventId = `paused:${sale.saleId}:2`;
  await platform.prisma.saleEvent.create({ data: { ...row, data: row.data ?? {}, event: 'paused', eventId, announcedAt: null } });
  await platform.startWorker();
  await eventually(async () => (await namesOf(sale)).join() === 'published,paused', 'the second event');
});

/** What several gateways send. */
function saySoldOut({ nc }: Platform, sale: AdminSale): void {
  for (let i = 0; i < 3; i += 1) broadcast(nc, soldOut, { itemId: itemIdOf(sale) });
}

const cancel = (orderId: string, userId: string) => on.platform.call(calls.cancelOrder, { orderId, userId });

/** Each buyer buys the only unit, and all but the last give it back. Returns the last order. */
async function sellAndReturn(platform: Platform, sale: AdminSale, buyers: readonly string[]): Promise<string> {
  let orderId = '';
  for (const [i, userId] of buyers.entries()) {
    if (i > 0) await cancel(orderId, buyers[i - 1] ?? '');
    await eventually(async () => (await platform.left(sale)) === 1, 'a unit');
    let wins = await platform.win(sale, [userId]);
    // A unit that came back is held for a moment.
    await eventually(async () => {
      if (wins.length === 0) wins = await platform.win(sale, [userId]);
      return wins.length > 0;
    }, 'a win');
    orderId = wins[0]?.reservationId ?? '';
    saySoldOut(platform, sale);
    await eventually(async () => (await platform.order(orderId)) !== null, 'an order');
  }
  return orderId;
}

test('an item that sells out and comes back has one event for each, whatever gateways broadcast and however many workers hear it', async () => {
  const { platform } = on;
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({ stock: 1 });
  saySoldOut(platform, sale);
  const orderId = await sellAndReturn(platform, sale, ['ann']);
  await eventually(async () => (await namesOf(sale)).length === 2, 'sold out');
  saySoldOut(platform, sale);
  await cancel(orderId, 'ann');
  await eventually(async () => (await namesOf(sale)).length === 3, 'restocked');
  expect(await namesOf(sale)).toEqual(['published', 'sold-out', 'restocked']);
  const [, gone, back] = await storedOf(platform, sale);
  const itemId = itemIdOf(sale);
  expect(gone).toMatchObject({ id: `sold-out:${sale.saleId}:${itemId}:1`, sale: { itemId, items: [{ itemId, stock: 1 }] } });
  expect(back).toMatchObject({ id: `restocked:${sale.saleId}:${itemId}:2`, sale: { itemId } });
});

test('an item sells out although every broadcast of it is lost', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 3 });
  await platform.win(sale, users(3));
  await eventually(async () => (await namesOf(sale)).includes('sold-out'), 'sold out');
});

test('an item whose last unit comes and goes has few events, and the last one is true', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 1 });
  const began = performance.now();
  await sellAndReturn(platform, sale, users(8));
  await eventually(async () => (await namesOf(sale)).at(-1) === 'sold-out', 'sold out');
  const seconds = (performance.now() - began) / 1_000;
  expect((await namesOf(sale)).length).toBeLessThanOrEqual(3 + seconds / 2);
});

const runFor = ({ databaseUrl, ...platform }: Platform, listener: ConstructorParameters<typeof ListenerRunner>[1]) =>
  new ListenerRunner({ ...contextOf(on.platform), ...platform, databaseUrl }, listener).start();

test('a listener receives the events of sales and of orders in the order of the stream, each once', async () => {
  const { platform } = on;
  const { prisma } = platform;
  await platform.startWorker();
  await prisma.$executeRaw`CREATE TABLE heard (place serial, sale_id text, what text)`;
  let failures = 2;
  const runner = runFor(platform, {
    name: 'hears all',
    async apply(tx, messages) {
      for (const { of, count } of messages)
        await tx.$executeRaw`INSERT INTO heard (sale_id, what) VALUES (${of?.saleId}, ${`${count} ${of?.event}`})`;
    },
    async applySales(tx, events) {
      for (const { event, sale } of events)
        await tx.$executeRaw`INSERT INTO heard (sale_id, what) VALUES (${sale.saleId}, ${event})`;
      if (events.some(({ event }) => event === 'closed') && failures-- > 0) throw new Error('once more');
    },
  });
  const sale = await platform.openSale({ stock: 5 });
  await eventually(async () => (await namesOf(sale)).includes('published'), 'published');
  const [win] = await platform.win(sale, ['ann']);
  await eventually(async () => (await platform.eventCounts(sale)).created === 1, 'created');
  await command(sale, 'pause');
  await eventually(async () => (await namesOf(sale)).includes('paused'), 'paused');
  await cancel(win?.reservationId ?? '', 'ann');
  await eventually(async () => (await platform.eventCounts(sale)).cancelled === 1, 'cancelled');
  // A worker that stood still for minutes publishes again what another had published.
  const [published] = await storedOf(platform, sale);
  if (published === undefined) throw new Error('There is no event.');
  const old = { ...published, id: 'late', at: published.at - 300_000 };
  for (const id of ['first', 'second'])
    await sendSaleEvent({ publish: (subject, data, _, headers) => platform.publisher.publish(subject, data, id, headers) }, old);
  await command(sale, 'close');
  const heard = () => prisma.$queryRaw<{ what: string }[]>`SELECT what FROM heard WHERE sale_id = ${sale.saleId} ORDER BY place`;
  await eventually(async () => (await heard()).at(-1)?.what === 'closed', 'closed');
  await runner.stop();
  expect((await heard()).map(({ what }) => what)).toEqual([
    'published',
    '1 created',
    'paused',
    '1 cancelled',
    'published',
    'closed',
  ]);
});
