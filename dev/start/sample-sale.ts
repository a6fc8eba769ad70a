import type { AdminSale } from 'seckill-core';
import { Operator, type RunningPlatform, saleDraft } from 'simulation';

export interface SampleSale {
  startsInSeconds: number;
  stock: number;
  payTimeoutSeconds: number;
  /** ISO 4217. */
  currency: string;
}

/** Opens the sale of `npm start` through the admin API, as an operator would. */
export function openSampleSale(
  platform: RunningPlatform,
  { startsInSeconds, stock, payTimeoutSeconds, currency }: SampleSale,
): Promise<AdminSale> {
  const sale = saleDraft({
    title: 'Sample flash sale',
    startsInMs: startsInSeconds * 1000,
    payTimeoutSeconds,
    rateLimit: { ratePerSecond: 1000, burst: 1000 },
    stock,
    limitPerUser: 2,
    item: { title: 'Mechanical keyboard', priceCents: 4900, currency },
  });
  return new Operator(platform).openSale(sale);
}
