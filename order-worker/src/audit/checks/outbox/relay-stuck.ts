import { findInOutbox, writeSale } from 'seckill-core';
import { readSaleRow, saleSettings } from '../../../sales/sale-views.ts';
import { relayOutbox } from '../../../stock/relay-outbox.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { byItem } from '../by-item.ts';

/** Publishes what waits. The relay reads the catalogue, so the sale is written there first. Resolves to the ids that have left the outbox. */
export async function relayStuck(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const waiting = await inOutbox(context, ids);
  await writeSale(context.redis, saleSettings(await readSaleRow(context.prisma, context.sale.id)));
  await relayOutbox(context);
  const left = new Set(await inOutbox(context, waiting));
  return waiting.filter((id) => !left.has(id));
}

async function inOutbox({ redis }: Pick<AuditContext, 'redis'>, ids: readonly string[]): Promise<string[]> {
  const found = await Promise.all([...byItem(ids)].map(([itemId, ofItem]) => findInOutbox(redis, itemId, ofItem)));
  return found.flatMap((each) => [...each]);
}
