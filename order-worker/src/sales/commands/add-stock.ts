import { type calls, Problem } from 'seckill-core';
import type { Static } from 'typebox';
import type { ItemKeeper } from '../../stock/rebuild-item.ts';
import type { RoomKeeper } from '../../waiting-room/rebuild-room.ts';
import { recordSaleEvent } from '../events/record-sale-event.ts';
import { announceSale } from './announce-sale.ts';

type Request = Static<typeof calls.addStock.request>;
type Added = Static<typeof calls.addStock.reply>;

/** The column is a 32-bit number. A total far below its limit is already a mistake. */
const MOST_UNITS = 1_000_000_000;

/** Adds units to an item, once for each request id. Repeating a request returns the first result. Throws a {@link Problem}. */
export async function addStock(parts: ItemKeeper & RoomKeeper, request: Request): Promise<Added> {
  const added = await addOnce(parts, request);
  await announceSale(parts, request.saleId);
  return added;
}

function addOnce({ prisma }: Pick<ItemKeeper, 'prisma'>, { saleId, itemId, add, requestId }: Request): Promise<Added> {
  return prisma.$transaction(async (tx) => {
    // The sale's row is the lock for everything an operator changes.
    const [sale] = await tx.$queryRaw<{ status: string; ended: boolean }[]>`
      SELECT status::text, ends_at <= clock_timestamp() AS ended FROM sales WHERE id = ${saleId}::uuid FOR UPDATE`;
    const item = await tx.item.findUnique({ where: { id: itemId }, select: { saleId: true, stock: true } });
    if (sale === undefined || item?.saleId !== saleId) throw new Problem('NOT_FOUND', `Sale ${saleId} has no item ${itemId}.`);
    const before = await tx.stockAddition.findUnique({ where: { itemId_requestId: { itemId, requestId } } });
    if (before !== null) {
      if (before.units === add) return { itemId, stock: before.stockAfter, added: add };
      throw new Problem(
        'REQUEST_ID_REUSED',
        `Request ${requestId} already added ${before.units} units and cannot add ${add} now.`,
      );
    }
    if (sale.status === 'CLOSED' || sale.ended)
      throw new Problem('WRONG_SALE_STATE', 'The sale has ended, so added units could not be bought.');
    if (item.stock + add > MOST_UNITS) throw new Problem('VALIDATION_FAILED', `An item can have at most ${MOST_UNITS} units.`);
    const { stock } = await tx.item.update({
      where: { id: itemId },
      data: { stock: { increment: add } },
      select: { stock: true },
    });
    await tx.stockAddition.create({ data: { itemId, requestId, units: add, stockAfter: stock } });
    await tx.sale.update({ where: { id: saleId }, data: { version: { increment: 1 } } });
    // A draft is not public.
    if (sale.status !== 'DRAFT') await recordSaleEvent(tx, 'changed', saleId);
    return { itemId, stock, added: add };
  });
}
