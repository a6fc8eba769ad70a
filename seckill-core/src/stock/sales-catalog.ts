import type { Redis } from 'ioredis';
import { Compile } from 'typebox/compile';
import { SaleSettings } from '../domain/sale.ts';
import { SALES_KEY, SALES_VERSION_KEY } from './keys.ts';
import { loadScript, runScript } from './script.ts';

const settings = Compile(SaleSettings);

const writeScript = loadScript('write-sale', ['sales', 'version']);
const forgetScript = loadScript('forget-sale', ['sales', 'version']);
const keys = { sales: SALES_KEY, version: SALES_VERSION_KEY };

/** Writes a published sale to the catalogue that gateways read, unless a newer version is there. Resolves to whether it was written. */
export async function writeSale(redis: Redis, sale: SaleSettings): Promise<boolean> {
  return (await runScript(redis, writeScript, keys, [sale.saleId, sale.version, JSON.stringify(sale)])) === 1;
}

/** Removes a sale that ended long ago from every gateway's memory. */
export async function forgetSale(redis: Redis, saleId: string): Promise<void> {
  await runScript(redis, forgetScript, keys, [saleId]);
}

/** Resolves to undefined if Redis has no catalogue, because it is empty or lost its data. Gateways then keep what they remember. */
export async function readSalesVersion(redis: Redis): Promise<string | undefined> {
  return (await redis.get(SALES_VERSION_KEY)) ?? undefined;
}

/** Reads one sale; undefined if it was never published, or ended long ago. */
export async function readSale(redis: Redis, saleId: string): Promise<SaleSettings | undefined> {
  const text = await redis.hget(SALES_KEY, saleId);
  return text === null ? undefined : settings.Parse(JSON.parse(text));
}

/** Reads every sale in the catalogue. */
export async function readSales(redis: Redis): Promise<SaleSettings[]> {
  const texts = await redis.hvals(SALES_KEY);
  return texts.map((text) => settings.Parse(JSON.parse(text)));
}
