import type { AdminSale, CreateSale } from 'seckill-core';
import { Admin } from '../platform/admin.ts';
import type { Platform } from '../platform/start-platform.ts';

export interface SampleSale {
  startsInSeconds: number;
  stock: number;
  payTimeoutSeconds: number;
}

const hour = 3600_000;

/** Made and published through the admin API, as an operator would. */
export async function createSampleSale(
  platform: Platform,
  { startsInSeconds, stock, payTimeoutSeconds }: SampleSale,
): Promise<AdminSale> {
  const startsAt = Date.now() + startsInSeconds * 1000;
  const sale: CreateSale = {
    title: 'Sample flash sale',
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + hour).toISOString(),
    payTimeoutSeconds,
    rateLimit: { ratePerSecond: 1000, burst: 1000 },
    items: [{ title: 'Mechanical keyboard', priceCents: 4900, currency: 'EUR', stock, limitPerUser: 2 }],
  };
  // A machine that has just started everything may be too busy for an answer in time: it is asked again.
  const admin = new Admin(platform.gatewayUrls, platform.adminToken);
  const { saleId } = await admin.call<AdminSale>('POST', '/sales', sale);
  return admin.call<AdminSale>('POST', `/sales/${saleId}/publish`);
}
