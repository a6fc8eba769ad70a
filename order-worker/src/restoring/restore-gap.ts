import { isOutage, type OrderEvent, type OrderEventName } from 'seckill-core';
import { withItems } from '../sales/sale-views.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { type RecordedReservation, readRecorded } from '../stock/recorded-reservations.ts';
import { restorePortions } from './restore-sale.ts';

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;
type Status = RecordedReservation['status'];

/** What an order or a rejection can be once its event is stored: the event follows its commit. */
const REACHED: Readonly<Record<OrderEventName, readonly Status[]>> = {
  created: ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  paid: ['PAID', 'REFUNDED'],
  cancelled: ['CANCELLED', 'REFUNDED'],
  refunded: ['REFUNDED'],
  rejected: ['REJECTED'],
  'partly-refunded': ['PAID', 'REFUNDED'],
  'payment-begun': ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  'payment-failed': ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  'refund-accepted': ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
  'refund-refused': ['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'REFUNDED'],
};

/**
 * Brings back what PostgreSQL has lost of these events, which come after the stream position `after`, and of later events of their sales: such as
 * the last commits of a primary whose asynchronous standby was promoted. `after` must be read from PostgreSQL. It was written there after the
 * commits of all events up to it, so every copy that has it has those commits. Rejects if a server is away; reports any other failure, and
 * leaves the rest to the audit.
 */
export async function restoreGap(parts: Parts, events: readonly OrderEvent[], after: number): Promise<void> {
  for (const [saleId, missing] of await findSalesBehind(parts, events)) {
    try {
      await restore(parts, saleId, missing, after);
    } catch (error) {
      if (isOutage(error)) throw error;
      parts.log.error(
        { err: error, saleId, missing },
        'PostgreSQL lacks what order events say, and it could not be brought back',
      );
    }
  }
}

async function restore({ nc, prisma, log, metrics }: Parts, saleId: string, missing: number, after: number): Promise<void> {
  const sale = await prisma.sale.findUnique({ where: { id: saleId }, include: withItems });
  if (sale === null) {
    log.error(
      { saleId, missing },
      'order events name a sale that PostgreSQL does not have: it is lost, or the events are of another database',
    );
    return;
  }
  let restored = 0;
  for await (const ids of restorePortions({ nc, prisma, sale }, after)) {
    metrics.restored.inc(ids.length);
    restored += ids.length;
  }
  log.error(
    { saleId, missing, restored },
    'PostgreSQL went back to an older copy: orders and payments that it had lost are brought back from the streams',
  );
}

/** Resolves to the sales of which PostgreSQL lacks what an event says, with the number of such events. */
async function findSalesBehind({ prisma }: Pick<Parts, 'prisma'>, events: readonly OrderEvent[]): Promise<Map<string, number>> {
  const behind = new Map<string, number>();
  const orderIds = events.map(({ orderId }) => orderId);
  const recorded = await readRecorded(prisma, orderIds);
  for (const { event, orderId, saleId } of events) {
    const status = recorded.get(orderId)?.status;
    if (status === undefined || !REACHED[event].includes(status)) behind.set(saleId, (behind.get(saleId) ?? 0) + 1);
  }
  return behind;
}
