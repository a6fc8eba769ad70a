import type { CreateSale } from 'seckill-core';

type Item = CreateSale['items'][number];

/** How a sale differs from the default. Fields of {@link CreateSale} override the shorthands. */
export type SaleDraft = Partial<CreateSale> & {
  /** Start, ms from now; negative if the sale is already running. Default -1000. */
  startsInMs?: number;
  /** Duration, ms. Default one hour. */
  lastsMs?: number;
  /** Units of each item. Default 10. */
  stock?: number;
  /** Units of each item that a user may buy. Default 1. */
  limitPerUser?: number;
  /** Other fields of each item. */
  item?: Partial<Item>;
  /** Default 1. */
  itemCount?: number;
};

/** A sale that has started, with one item of 10 units and a rate limit that no test reaches, except for what `draft` says. */
export function saleDraft({
  startsInMs = -1_000,
  lastsMs = 3_600_000,
  stock = 10,
  limitPerUser = 1,
  item = {},
  itemCount = 1,
  ...fields
}: SaleDraft = {}): CreateSale {
  const startsAt = Date.now() + startsInMs;
  return {
    title: 'A sale',
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + lastsMs).toISOString(),
    payTimeoutSeconds: 600,
    rateLimit: { ratePerSecond: 100_000, burst: 100_000 },
    items: Array.from({ length: itemCount }, (_, index) => ({
      title: itemCount === 1 ? 'An item' : `Item ${index + 1}`,
      priceCents: 1_000,
      currency: 'EUR',
      stock,
      limitPerUser,
      ...item,
    })),
    ...fields,
  };
}
