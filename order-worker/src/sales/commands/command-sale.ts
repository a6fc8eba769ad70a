import { type AdminSale, Problem, SALE_COMMANDS, type SaleChange, type SaleCommand } from 'seckill-core';
import type { WorkerContext } from '../../servers/worker-context.ts';
import type { ItemKeeper } from '../../stock/rebuild-item.ts';
import type { RoomKeeper } from '../../waiting-room/rebuild-room.ts';
import { recordSaleEvent } from '../events/record-sale-event.ts';
import { adminSale } from '../sale-views.ts';
import { announceSale } from './announce-sale.ts';

const EVENT_OF = {
  publish: 'published',
  pause: 'paused',
  resume: 'resumed',
  close: 'closed',
} as const satisfies Record<SaleCommand, SaleChange>;

/**
 * Publishes, pauses, resumes or closes a sale. Idempotent, so a command whose outcome is unknown can be repeated; the sale is then announced
 * again. Throws NOT_FOUND and WRONG_SALE_STATE.
 */
export async function commandSale(
  parts: ItemKeeper & RoomKeeper & Pick<WorkerContext, 'clock'>,
  { saleId, command }: { saleId: string; command: SaleCommand },
): Promise<AdminSale> {
  await changeStatus(parts, saleId, command);
  return adminSale(await announceSale(parts, saleId), parts.clock.now());
}

/** Holds the row's lock, so that the second of two concurrent commands sees the result of the first. */
function changeStatus({ prisma }: Pick<WorkerContext, 'prisma'>, saleId: string, command: SaleCommand): Promise<void> {
  const { from, to } = SALE_COMMANDS[command];
  return prisma.$transaction(async (tx) => {
    const [sale] = await tx.$queryRaw<{ status: string; ended: boolean }[]>`
      SELECT status::text, ends_at <= clock_timestamp() AS ended FROM sales WHERE id = ${saleId}::uuid FOR UPDATE`;
    if (sale === undefined) throw new Problem('NOT_FOUND', `There is no sale ${saleId}.`);
    if (sale.status === to) return;
    if (!(from as readonly string[]).includes(sale.status)) {
      throw new Problem('WRONG_SALE_STATE', `To ${command} a sale, it must be ${from.join(' or ')}; this one is ${sale.status}.`);
    }
    if (sale.ended && command !== 'close') {
      throw new Problem('WRONG_SALE_STATE', `The sale has ended, so it is too late to ${command} it.`);
    }
    await tx.$executeRaw`
      UPDATE sales SET status = ${to}::sale_status, version = version + 1,
        published_at = CASE WHEN ${command} = 'publish' THEN clock_timestamp() ELSE published_at END,
        closed_at = CASE WHEN ${command} = 'close' THEN clock_timestamp() ELSE closed_at END
      WHERE id = ${saleId}::uuid`;
    await recordSaleEvent(tx, EVENT_OF[command], saleId);
  });
}
