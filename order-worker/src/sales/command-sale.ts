import { type AdminSale, Problem, SALE_COMMANDS, type SaleCommand } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { announceSale } from './announce-sale.ts';
import { adminSale } from './sale-views.ts';

/**
 * Publishes, pauses, resumes or closes a sale. A command that has been carried out already is answered as the first time (and announced
 * again), so one whose outcome is unknown may be repeated.
 */
export async function commandSale(
  context: WorkerContext,
  { saleId, command }: { saleId: string; command: SaleCommand },
): Promise<AdminSale> {
  await changeStatus(context, saleId, command);
  return adminSale(await announceSale(context, saleId), context.clock.now());
}

/** Under the row's lock, so that of two commands at once the second meets what the first has made. */
function changeStatus({ prisma }: WorkerContext, saleId: string, command: SaleCommand): Promise<void> {
  const { from, to } = SALE_COMMANDS[command];
  return prisma.$transaction(async (tx) => {
    const [sale] = await tx.$queryRaw<{ status: string; ended: boolean }[]>`
      SELECT status::text, ends_at <= clock_timestamp() AS ended FROM sales WHERE id = ${saleId}::uuid FOR UPDATE`;
    if (sale === undefined) throw new Problem('NOT_FOUND', `There is no sale ${saleId}.`);
    if (sale.status === to) return;
    if (!(from as readonly string[]).includes(sale.status)) {
      throw new Problem('WRONG_SALE_STATE', `${command} needs a sale that is ${from.join(' or ')}; this one is ${sale.status}.`);
    }
    if (sale.ended && command !== 'close') {
      throw new Problem('WRONG_SALE_STATE', `The sale's end has passed, so it is too late for ${command}.`);
    }
    await tx.$executeRaw`
      UPDATE sales SET status = ${to}::sale_status, version = version + 1,
        published_at = CASE WHEN ${command} = 'publish' THEN clock_timestamp() ELSE published_at END,
        closed_at = CASE WHEN ${command} = 'close' THEN clock_timestamp() ELSE closed_at END
      WHERE id = ${saleId}::uuid`;
  });
}
