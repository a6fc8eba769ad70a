import type { StockReserved } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { loadStatement } from '../../src/servers/statement.ts';
import { eventually, itemIdOf, type Platform, patientTransaction, usePlatform } from '../support/platform.ts';
import { waitingForLocks } from '../support/waiting-for-locks.ts';

const on = usePlatform();
const createOrders = loadStatement(new URL('../../src/orders/create-orders.ts', import.meta.url).href, 'create-orders');

type Statements = Pick<Platform['prisma'], '$queryRawUnsafe'>;

const create = (tx: Statements, { reservationId, itemId, saleId, userId, quantity, reservedAt }: StockReserved) =>
  tx.$queryRawUnsafe<unknown[]>(createOrders, [reservationId], [itemId], [saleId], [userId], [quantity], [reservedAt]);

/** The second begins before the first has committed, and the item is not locked, so neither sees the work of the other. */
async function unseenByEachOther({ prisma }: Platform, first: StockReserved, second: StockReserved) {
  let late: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([]);
  await prisma.$transaction(async (tx) => {
    await create(tx, first);
    late = Promise.allSettled([create(prisma, second)]);
    await eventually(async () => (await waitingForLocks(prisma, '-- create-orders:')) === 1, 'the second waits for the first');
  }, patientTransaction);
  const [outcome] = await late;
  return outcome;
}

/** lock-items.sql makes transactions take turns. If that ever failed, these constraints would still hold. */
describe('if two workers do not take turns', () => {
  test('the primary key lets one of them make the order, and its unit is counted once', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 5 });
    const win = platform.forged(sale, 'one');
    expect(await unseenByEachOther(platform, win, win)).toMatchObject({ status: 'fulfilled' });
    expect(await platform.prisma.order.count({ where: { saleId: sale.saleId } })).toBe(1);
    expect(await platform.prisma.item.findUnique({ where: { id: itemIdOf(sale) } })).toMatchObject({ sold: 1 });
  });

  test('the check on sold refuses the second winner of the last unit, with the order', async () => {
    const { platform } = on;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 1 });
    const outcome = await unseenByEachOther(platform, platform.forged(sale, 'first'), platform.forged(sale, 'second'));
    expect(outcome).toMatchObject({ status: 'rejected' });
    expect(String((outcome as PromiseRejectedResult).reason)).toContain('items_never_oversold');
    const orders = await platform.prisma.order.findMany({ where: { saleId: sale.saleId } });
    expect(orders.map((order) => order.userId)).toEqual(['first']);
    expect(await platform.prisma.item.findUnique({ where: { id: itemIdOf(sale) } })).toMatchObject({ sold: 1 });
  });
});
