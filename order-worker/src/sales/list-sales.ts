import type { AdminSale, calls } from 'seckill-core';
import type { Static } from 'typebox';
import { cutPage } from '../servers/cut-page.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { adminSale, withItems } from './sale-views.ts';

type Listing = Static<typeof calls.listSales.request>;
type Listed = Static<typeof calls.listSales.reply>;
type Parts = Pick<WorkerContext, 'prisma' | 'clock'>;

/** Sales in one query. With 100 items of long titles each, a page has no more. */
const CHUNK = 10;

/** A page of all sales, the newest first. Ids are UUIDv7, so they sort by time. */
export async function listSales(parts: Parts, { limit, cursor }: Listing): Promise<Listed> {
  const { rows: sales, ...next } = await cutPage(salesBefore(parts, cursor), limit, ({ saleId }) => saleId);
  return { sales, ...next };
}

async function* salesBefore({ prisma, clock }: Parts, cursor: string | undefined): AsyncGenerator<AdminSale> {
  for (let before = cursor; ; ) {
    const where = before === undefined ? {} : { id: { lt: before } };
    const sales = await prisma.sale.findMany({ where, include: withItems, orderBy: { id: 'desc' }, take: CHUNK });
    for (const sale of sales) yield adminSale(sale, clock.now());
    before = sales.at(-1)?.id;
    if (sales.length < CHUNK) return;
  }
}
