import type { AdminSale, CreateSale } from 'seckill-core';
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
  const { saleId } = await admin<AdminSale>(platform, '/api/admin/sales', sale);
  return admin<AdminSale>(platform, `/api/admin/sales/${saleId}/publish`);
}

async function admin<Answer>({ gatewayUrls, adminToken }: Platform, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${gatewayUrls[0]}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`POST ${path} was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
