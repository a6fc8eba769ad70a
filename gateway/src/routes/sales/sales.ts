import { Admission, IsoTime, ItemId, Problem, SaleId, type SaleSettings, SaleState, saleStateAt } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { findSale } from '../../catalogue/find-sale.ts';
import type { ItemObserver } from '../../catalogue/item-observer.ts';
import { offeredProviders } from '../../catalogue/offered-providers.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { ServerClock } from '../../catalogue/server-clock.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { NatsLink } from '../../links/nats-link.ts';
import { RoomView, roomView } from '../../waiting-room/room-view.ts';
import type { Rooms } from '../../waiting-room/rooms.ts';

/** A sale as buyers see it. */
const Sale = Type.Object({
  saleId: SaleId,
  title: Type.String(),
  state: SaleState,
  startsAt: IsoTime,
  endsAt: IsoTime,
  payTimeoutSeconds: Type.Integer(),
  paymentProviders: Type.Array(Type.String(), { description: 'to choose from when an order is paid, the usual one first' }),
  admission: Type.Optional(Admission),
  waitingRoom: Type.Optional(RoomView),
  tokenLeadSeconds: Type.Integer({ description: 'Purchase tokens are given out from this many seconds before the start.' }),
  items: Type.Array(
    Type.Object({
      itemId: ItemId,
      title: Type.String(),
      priceCents: Type.Integer(),
      currency: Type.String(),
      stock: Type.Integer(),
      limitPerUser: Type.Integer(),
      remaining: Type.Integer({ description: 'Units left; about half a second old at most while the sale runs.' }),
    }),
  ),
  serverTime: IsoTime,
});

export interface SalesParts {
  sales: SalesMemory;
  clock: ServerClock;
  observer: ItemObserver;
  rooms: Rooms;
  nats: Pick<NatsLink, 'paymentProviders'>;
}

export async function salesRoutes(app: App, { sales, clock, observer, rooms, nats }: SalesParts): Promise<void> {
  const view = (sale: SaleSettings, now: number): Static<typeof Sale> => ({
    saleId: sale.saleId,
    title: sale.title,
    state: saleStateAt(sale, now),
    startsAt: iso(sale.startsAt),
    endsAt: iso(sale.endsAt),
    payTimeoutSeconds: sale.payTimeoutSeconds,
    admission: sale.admission ?? 'open',
    ...roomView(rooms.ofSale(sale)),
    tokenLeadSeconds: sale.tokenLeadSeconds,
    paymentProviders: offeredProviders(sale, nats.paymentProviders),
    items: sale.items.map((item) => ({ ...item, remaining: sales.item(item.itemId)?.left ?? item.stock })),
    serverTime: iso(now),
  });

  app.get(
    '/api/sales',
    {
      schema: {
        tags: ['sales'],
        summary: 'List the published sales',
        response: { 200: Type.Object({ serverTime: IsoTime, sales: Type.Array(Sale) }), ...problems('UNAVAILABLE') },
      },
    },
    async () => {
      if (!sales.loaded) throw new Problem('UNAVAILABLE', undefined, 1_000);
      const published = sales.sales().filter((sale) => sale.status !== 'DRAFT');
      await observer.lookAt(published.flatMap((sale) => sales.itemsOf(sale)));
      const now = clock.now();
      return { serverTime: iso(now), sales: published.map((sale) => view(sale, now)) };
    },
  );

  app.get(
    '/api/sales/:saleId',
    {
      schema: {
        tags: ['sales'],
        summary: 'Read one sale',
        params: Type.Object({ saleId: Type.String() }),
        response: { 200: Sale, ...problems('NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => {
      const sale = await findSale(sales, request.params.saleId);
      await observer.lookAt(sales.itemsOf(sale));
      return view(sale, clock.now());
    },
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
