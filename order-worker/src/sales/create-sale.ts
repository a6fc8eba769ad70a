import { type AdminSale, type CreateSale, newId, Problem } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { adminSale, withItems } from './sale-views.ts';

/** What the schema defaults to; a gateway that does not fill defaults in need not know them. */
const DEFAULTS = { tokenLeadSeconds: 300, limitPerUser: 1 };

/** Makes a draft. */
export async function createSale({ prisma, clock }: WorkerContext, wish: CreateSale): Promise<AdminSale> {
  const startsAt = instant('startsAt', wish.startsAt);
  const endsAt = instant('endsAt', wish.endsAt);
  if (endsAt <= startsAt) throw new Problem('VALIDATION_FAILED', 'endsAt has to be after startsAt.');
  const sale = await prisma.sale.create({
    data: {
      id: newId(),
      title: wish.title,
      startsAt,
      endsAt,
      payTimeoutSeconds: wish.payTimeoutSeconds,
      tokenLeadSeconds: wish.tokenLeadSeconds ?? DEFAULTS.tokenLeadSeconds,
      ratePerSecond: wish.rateLimit.ratePerSecond,
      burst: wish.rateLimit.burst,
      items: {
        create: wish.items.map((item, position) => ({
          position,
          title: item.title,
          priceCents: item.priceCents,
          currency: item.currency,
          stock: item.stock,
          limitPerUser: item.limitPerUser ?? DEFAULTS.limitPerUser,
        })),
      },
    },
    include: withItems,
  });
  return adminSale(sale, clock.now());
}

function instant(field: string, text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new Problem('VALIDATION_FAILED', `${field} is "${text}", not a time. Example: 2030-01-31T12:00:00Z`);
  }
  return date;
}
