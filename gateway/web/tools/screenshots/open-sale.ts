import type { AdminSale, CreateSale } from 'seckill-core';
import { AdminApi } from 'simulation';
import type { Stage } from './camera.ts';

export type SaleWish = Pick<CreateSale, 'title' | 'payTimeoutSeconds' | 'items'> & { startsInMs: number };

export function adminOf({ platform, client }: Stage): AdminApi {
  return new AdminApi(client, { gateway: platform.gatewayUrls[0] ?? '', adminToken: platform.adminToken });
}

/** Opens a published sale that lasts for an hour. */
export async function openSale(stage: Stage, { startsInMs, ...wish }: SaleWish): Promise<AdminSale> {
  const startsAt = Date.now() + startsInMs;
  const admin = adminOf(stage);
  const { saleId } = await admin.createSale({
    ...wish,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(startsAt + 3_600_000).toISOString(),
    rateLimit: { ratePerSecond: 200, burst: 100 },
  });
  return admin.command(saleId, 'publish');
}
