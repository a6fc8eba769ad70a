import { waitUntil } from 'dev';
import type { Gateway } from 'gateway';
import type { Redis } from 'ioredis';
import {
  beginRebuild,
  changeItem,
  type ItemSettings,
  newId,
  newReservationId,
  openItem,
  PurchaseTokens,
  readRunId,
  recount,
  type SaleSettings,
  writeSale,
} from 'seckill-core';
import type { TestGateways } from './gateways.ts';

let nextItem = 0x100;

export interface TestSale {
  sale: SaleSettings;
  saleId: string;
  itemId: string;
}

export type SaleOptions = Partial<Omit<SaleSettings, 'items'>> &
  Partial<Pick<ItemSettings, 'stock' | 'limitPerUser'>> & { items?: number };

/** Returns the settings of a running sale: one item with 10 units, and a bucket that is never empty. */
export function saleSettings({ stock = 10, limitPerUser = 1, items = 1, ...options }: SaleOptions = {}): SaleSettings {
  const now = Date.now();
  return {
    saleId: newId(),
    version: 1,
    title: 'A sale',
    status: 'PUBLISHED',
    startsAt: now - 60_000,
    endsAt: now + 600_000,
    payTimeoutSeconds: 60,
    tokenLeadSeconds: 300,
    rateLimit: { ratePerSecond: 1_000_000, burst: 1_000_000 },
    items: Array.from({ length: items }, () => {
      nextItem += 1;
      const itemId = nextItem.toString(16).padStart(6, '0');
      return { itemId, title: 'An item', priceCents: 1_250, currency: 'EUR', stock, limitPerUser };
    }),
    ...options,
  };
}

/** Counts the item's units that reservations hold, as the script that won them has. */
export async function unitsTaken(redis: Redis, itemId: string): Promise<number> {
  return (await recount(redis, itemId, { set: false })).live;
}

/** Opens the items as a worker does. `replay` writes what Redis has lost. */
export async function openItems(redis: Redis, sale: SaleSettings, replay?: () => Promise<unknown>): Promise<void> {
  const runId = await readRunId(redis);
  for (const item of sale.items) {
    await beginRebuild(redis, item.itemId, 'test');
    await replay?.();
    await openItem(redis, { runId, mark: 'test', sale, item });
  }
}

/** Opens a sale, and waits until every gateway knows it. */
export async function openSale(test: TestGateways, options: SaleOptions = {}): Promise<TestSale> {
  const sale = saleSettings(options);
  await openItems(test.redis, sale);
  await writeSale(test.redis, sale);
  await Promise.all(test.gateways.map(readSalesAgain));
  return { sale, saleId: sale.saleId, itemId: sale.items[0]?.itemId ?? '' };
}

/** Once it resolves, the gateway has everything in memory that was written before the call. */
export async function readSalesAgain({ parts }: Gateway): Promise<void> {
  const read = () =>
    parts.sales.refresh().then(
      () => true,
      () => false, // Redis stalled, and the gateway has dropped the connection for now
    );
  if (!(await waitUntil(read, 30_000))) throw new Error('The gateway cannot read the sales.');
}

/** Changes a sale as a worker does, without a broadcast. */
export async function changeSale(redis: Redis, sale: SaleSettings, change: Partial<SaleSettings>): Promise<SaleSettings> {
  const changed = { ...sale, ...change, version: sale.version + 1 };
  for (const item of changed.items) await changeItem(redis, changed, item);
  await writeSale(redis, changed);
  return changed;
}

export interface Ticket {
  purchaseToken: string;
  reservationId: string;
  userId: string;
}

/** Returns a token as the gateway would sign it. */
export function ticketFor(
  test: TestGateways,
  itemId: string,
  userId: string,
  expiresAt = Math.floor(Date.now() / 1_000) + 600,
): Ticket {
  const reservationId = newReservationId(itemId);
  const purchaseToken = new PurchaseTokens(test.config.tokenSecret).sign({ reservationId, userId, expiresAt });
  return { purchaseToken, reservationId, userId };
}

export interface BuyOptions {
  quantity?: number;
  on?: number;
}

/** Tries to buy. If the machine stalls, retries with the same token: see `callWhenAwake`. */
export async function buy(test: TestGateways, ticket: Ticket, options: BuyOptions = {}) {
  return test.callWhenAwake('POST', '/api/reservations', reserveCall(ticket, options));
}

/** Tries to buy exactly once. */
export async function buyOnce(test: TestGateways, ticket: Ticket, options: BuyOptions = {}) {
  return test.call('POST', '/api/reservations', reserveCall(ticket, options));
}

function reserveCall({ purchaseToken }: Ticket, { quantity, on = 0 }: BuyOptions) {
  return { body: { purchaseToken, ...(quantity === undefined ? {} : { quantity }) }, on };
}

export async function accessToken(test: TestGateways, userId: string): Promise<Record<string, string>> {
  const { body } = await test.call('POST', '/api/dev/login', { body: { userId } });
  return { authorization: `Bearer ${body.accessToken}` };
}
