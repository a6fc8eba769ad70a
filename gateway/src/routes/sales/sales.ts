import { IsoTime, ItemId, Problem, SaleId, type SaleSettings, SaleState, saleStateAt } from 'seckill-core';
import { type Static, Type } from 'typebox';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';

/** A sale as buyers see it. */
const Sale = Type.Object({
  saleId: SaleId,
  title: Type.String(),
  state: SaleState,
  startsAt: IsoTime,
  endsAt: IsoTime,
  payTimeoutSeconds: Type.Integer(),
  tokenLeadSeconds: Type.Integer({ description: 'purchase tokens are given out from this long before the start' }),
  items: Type.Array(
    Type.Object({
      itemId: ItemId,
      title: Type.String(),
      priceCents: Type.Integer(),
      currency: Type.String(),
      stock: Type.Integer(),
      limitPerUser: Type.Integer(),
      remaining: Type.Integer({ description: 'units left, at most about half a second old while the sale runs' }),
    }),
  ),
  serverTime: IsoTime,
});

export async function salesRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const { sales, clock } = parts;

  const view = (sale: SaleSettings, now: number): Static<typeof Sale> => ({
    saleId: sale.saleId,
    title: sale.title,
    state: saleStateAt(sale, now),
    startsAt: iso(sale.startsAt),
    endsAt: iso(sale.endsAt),
    payTimeoutSeconds: sale.payTimeoutSeconds,
    tokenLeadSeconds: sale.tokenLeadSeconds,
    items: sale.items.map((item) => ({ ...item, remaining: sales.item(item.itemId)?.left ?? item.stock })),
    serverTime: iso(now),
  });

  app.get(
    '/api/sales',
    {
      schema: {
        tags: ['sales'],
        summary: 'Published sales',
        response: { 200: Type.Object({ serverTime: IsoTime, sales: Type.Array(Sale) }), ...problems('UNAVAILABLE') },
      },
    },
    async () => {
      if (!sales.loaded) throw new Problem('UNAVAILABLE', undefined, 1_000);
      const now = clock.now();
      const published = sales.sales().filter((sale) => sale.status !== 'DRAFT');
      return { serverTime: iso(now), sales: published.map((sale) => view(sale, now)) };
    },
  );

  app.get(
    '/api/sales/:saleId',
    {
      schema: {
        tags: ['sales'],
        summary: 'One sale',
        params: Type.Object({ saleId: Type.String() }),
        response: { 200: Sale, ...problems('NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => view(await findSale(parts, request.params.saleId), clock.now()),
  );
}

/** A published sale; looks in Redis for one that memory does not have. Throws NOT_FOUND, or UNAVAILABLE where nothing is loaded. */
export async function findSale({ sales }: GatewayParts, saleId: string): Promise<SaleSettings> {
  if (sales.sale(saleId) === undefined) await sales.search().catch(() => undefined);
  const sale = sales.sale(saleId);
  if (sale !== undefined && sale.status !== 'DRAFT') return sale;
  throw sales.loaded ? new Problem('NOT_FOUND') : new Problem('UNAVAILABLE', undefined, 1_000);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
