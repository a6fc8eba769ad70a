import { itemIdOf, itemKeys, writeSale } from 'seckill-core';
import { readSaleRow, saleSettings } from '../../sales/sale-views.ts';
import { relayOutbox } from '../../stock/relay-outbox.ts';
import type { AuditContext } from '../audit-context.ts';

/** Publishes what waits; the relay goes by the catalogue, so the sale is brought there first. Answers which of them have left the outbox. */
export async function relayStuck(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const waiting = await inOutbox(context, ids);
  await writeSale(context.redis, saleSettings(await readSaleRow(context.prisma, context.sale.id)));
  await relayOutbox(context);
  const left = new Set(await inOutbox(context, waiting));
  return waiting.filter((id) => !left.has(id));
}

async function inOutbox({ redis }: AuditContext, ids: readonly string[]): Promise<string[]> {
  const scores = await Promise.all(ids.map((id) => redis.zscore(itemKeys(itemIdOf(id)).outbox, id)));
  return ids.filter((_, i) => scores[i] !== null);
}
