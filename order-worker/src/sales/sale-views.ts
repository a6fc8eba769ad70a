import { type AdminSale, Problem, type SaleSettings, saleStateAt, type WaitingRoomChoice, waitingRoomOf } from 'seckill-core';
import type { Item, Prisma, PrismaClient, Sale } from 'seckill-prisma';

export type SaleWithItems = Sale & { items: Item[] };

export const withItems = { items: { orderBy: { position: 'asc' } } } as const satisfies Prisma.SaleInclude;

/** Throws NOT_FOUND. */
export async function readSaleRow(prisma: Pick<PrismaClient, 'sale'>, saleId: string): Promise<SaleWithItems> {
  const sale = await prisma.sale.findUnique({ where: { id: saleId }, include: withItems });
  if (sale === null) throw new Problem('NOT_FOUND', `There is no sale ${saleId}.`);
  return sale;
}

/** The sale as the light path needs it. */
export function saleSettings(sale: SaleWithItems): SaleSettings {
  return {
    saleId: sale.id,
    version: sale.version,
    title: sale.title,
    status: sale.status,
    startsAt: sale.startsAt.getTime(),
    endsAt: sale.endsAt.getTime(),
    payTimeoutSeconds: sale.payTimeoutSeconds,
    tokenLeadSeconds: sale.tokenLeadSeconds,
    rateLimit: { ratePerSecond: sale.ratePerSecond, burst: sale.burst },
    ...(sale.priority ? { priority: true } : {}),
    ...roomOf(sale),
    ...(sale.paymentProviders.length === 0 ? {} : { paymentProviders: sale.paymentProviders }),
    items: sale.items.map((item) => ({
      itemId: item.id,
      title: item.title,
      priceCents: item.priceCents,
      currency: item.currency,
      stock: item.stock,
      limitPerUser: item.limitPerUser,
    })),
  };
}

/** The seed itself stays in PostgreSQL and in the room: a sale's settings are no secret. */
function roomOf({ admission, waitingRoom, drawSeed, startsAt }: Sale): Pick<SaleSettings, 'admission' | 'waitingRoom'> {
  if (admission === 'OPEN' || drawSeed === null) return {};
  const kind = admission === 'QUEUE' ? 'queue' : 'draw';
  const choice = waitingRoom as WaitingRoomChoice;
  return { admission: kind, waitingRoom: waitingRoomOf(kind, choice, { seed: drawSeed, startsAt: startsAt.getTime() }) };
}

/** The sale as an operator sees it. `now` in ms. */
export function adminSale(sale: SaleWithItems, now: number): AdminSale {
  const settings = saleSettings(sale);
  return {
    saleId: sale.id,
    version: sale.version,
    title: sale.title,
    status: sale.status,
    state: saleStateAt(settings, now),
    startsAt: sale.startsAt.toISOString(),
    endsAt: sale.endsAt.toISOString(),
    payTimeoutSeconds: sale.payTimeoutSeconds,
    tokenLeadSeconds: sale.tokenLeadSeconds,
    rateLimit: settings.rateLimit,
    ...(sale.priority ? { priority: true } : {}),
    admission: settings.admission ?? 'open',
    ...(settings.waitingRoom === undefined
      ? {}
      : { waitingRoom: { ...settings.waitingRoom, entriesUntil: new Date(settings.waitingRoom.entriesUntil).toISOString() } }),
    ...(settings.paymentProviders === undefined ? {} : { paymentProviders: settings.paymentProviders }),
    items: sale.items.map((item) => ({
      itemId: item.id,
      title: item.title,
      priceCents: item.priceCents,
      currency: item.currency,
      stock: item.stock,
      sold: item.sold,
      limitPerUser: item.limitPerUser,
    })),
    createdAt: sale.createdAt.toISOString(),
  };
}
