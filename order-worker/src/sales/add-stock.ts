import { type calls, Problem } from 'seckill-core';
import type { Static } from 'typebox';
import type { WorkerContext } from '../worker-context.ts';
import { announceSale } from './announce-sale.ts';

type Wish = Static<typeof calls.addStock.request>;
type Answer = Static<typeof calls.addStock.reply>;

/** The column is a 32-bit number; far below its end an operator has made a mistake. */
const MOST_UNITS = 1_000_000_000;

/** Adds units to an item, once for each request id: the same request again is answered as the first time. */
export async function addStock(context: WorkerContext, wish: Wish): Promise<Answer> {
  const answer = await addOnce(context, wish);
  await announceSale(context, wish.saleId);
  return answer;
}

function addOnce({ prisma }: WorkerContext, { saleId, itemId, add, requestId }: Wish): Promise<Answer> {
  return prisma.$transaction(async (tx) => {
    // The sale's row is the lock of everything an operator changes.
    const [sale] = await tx.$queryRaw<{ status: string; ended: boolean }[]>`
      SELECT status::text, ends_at <= clock_timestamp() AS ended FROM sales WHERE id = ${saleId}::uuid FOR UPDATE`;
    const item = await tx.item.findUnique({ where: { id: itemId }, select: { saleId: true, stock: true } });
    if (sale === undefined || item?.saleId !== saleId) throw new Problem('NOT_FOUND', `Sale ${saleId} has no item ${itemId}.`);
    const before = await tx.stockAddition.findUnique({ where: { itemId_requestId: { itemId, requestId } } });
    if (before !== null) {
      if (before.units === add) return { itemId, stock: before.stockAfter, added: add };
      throw new Problem(
        'REQUEST_ID_REUSED',
        `Request ${requestId} added ${before.units} units before, and cannot add ${add} now.`,
      );
    }
    if (sale.status === 'CLOSED' || sale.ended)
      throw new Problem('WRONG_SALE_STATE', 'The sale has ended; nobody could buy what is added.');
    if (item.stock + add > MOST_UNITS) throw new Problem('VALIDATION_FAILED', `An item can have at most ${MOST_UNITS} units.`);
    const { stock } = await tx.item.update({
      where: { id: itemId },
      data: { stock: { increment: add } },
      select: { stock: true },
    });
    await tx.stockAddition.create({ data: { itemId, requestId, units: add, stockAfter: stock } });
    await tx.sale.update({ where: { id: saleId }, data: { version: { increment: 1 } } });
    return { itemId, stock, added: add };
  });
}
