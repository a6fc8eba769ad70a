import type { SaleChange, SaleOfEvent } from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { readSaleRow, type SaleWithItems } from '../sale-views.ts';

/** Records what a transaction did to a sale. Call it after the change, with the sale's row locked: so the rows of a sale are in the order of their changes. */
export async function recordSaleEvent(tx: Prisma.TransactionClient, event: SaleChange, saleId: string): Promise<void> {
  const sale = await readSaleRow(tx, saleId);
  const eventId = `${event}:${saleId}:${sale.version}`;
  await tx.saleEvent.create({ data: { eventId, event, saleId, data: saleOfEvent(sale) } });
}

/** The sale as an event shows it; with `itemId`, only that item. */
export function saleOfEvent(sale: SaleWithItems, itemId?: string): SaleOfEvent {
  return {
    saleId: sale.id,
    version: sale.version,
    title: sale.title,
    startsAt: sale.startsAt.toISOString(),
    endsAt: sale.endsAt.toISOString(),
    payTimeoutSeconds: sale.payTimeoutSeconds,
    items: sale.items
      .filter(({ id }) => itemId === undefined || id === itemId)
      .map(({ id, title, priceCents, currency, stock, limitPerUser }) => ({
        itemId: id,
        title,
        priceCents,
        currency,
        stock,
        limitPerUser,
      })),
    ...(itemId === undefined ? {} : { itemId }),
  };
}
