import type { Subscription } from '@nats-io/transport-node';
import { calls, Problem, type Rpc, serveRpc } from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import { auditSale } from './audit/audit-sale.ts';
import { repairSale } from './audit/repair-sale.ts';
import { listDeadLetters } from './dead-letters/list-dead-letters.ts';
import { cancelByBuyer } from './orders/cancel-by-buyer.ts';
import { findReservation, getOrder, listOrders } from './orders/find-orders.ts';
import type { PaymentProvider } from './payments/payment-provider.ts';
import { startPayment } from './payments/start-payment.ts';
import { overview } from './reports/overview.ts';
import { reportSale } from './reports/report-sale.ts';
import { addStock } from './sales/commands/add-stock.ts';
import { commandSale } from './sales/commands/command-sale.ts';
import { createSale } from './sales/commands/create-sale.ts';
import { adminSale, readSaleRow, withItems } from './sales/sale-views.ts';
import type { WorkerContext } from './servers/worker-context.ts';

/** Newest first; they must fit in one NATS message. */
const MOST_SALES = 100;

/** Serves every call in `calls`. `stop` takes no new calls and finishes those in flight. */
export function serveCalls(context: WorkerContext, provider: PaymentProvider): { stop(): Promise<void> } {
  const { nc, prisma, log, clock } = context;
  const subscriptions: Subscription[] = [];
  const inFlight = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  function serve<Request extends TSchema, Reply extends TSchema>(
    call: Rpc<Request, Reply>,
    handle: (request: Static<Request>) => Promise<Static<Reply>>,
  ): void {
    const tracked = (request: Static<Request>) => {
      const answer = handle(request);
      inFlight.add(answer);
      answer.finally(() => inFlight.delete(answer)).catch(() => undefined);
      return answer;
    };
    subscriptions.push(serveRpc(nc, call, tracked, log));
  }

  serve(calls.createSale, (request) => createSale(context, request));
  serve(calls.listSales, async () => {
    const sales = await prisma.sale.findMany({ include: withItems, orderBy: { id: 'desc' }, take: MOST_SALES });
    return sales.map((sale) => adminSale(sale, clock.now()));
  });
  serve(calls.getSale, async ({ saleId }) => adminSale(await readSaleRow(prisma, saleId), clock.now()));
  serve(calls.commandSale, (command) => commandSale(context, command));
  serve(calls.addStock, (request) => addStock(context, request));
  serve(calls.auditSale, async ({ saleId }) => (await auditSale(context, saleId, { signal: stopping.signal })).report);
  serve(calls.repairSale, ({ saleId }) => repairSale(context, saleId, stopping.signal));
  serve(calls.overview, () => overview(context));
  serve(calls.reportSale, ({ saleId }) => reportSale(context, saleId));
  serve(calls.listDeadLetters, ({ limit }) => listDeadLetters(context, limit));
  serve(calls.findReservation, (request) => findReservation(prisma, request));
  serve(calls.listOrders, (listing) => listOrders(prisma, listing));
  serve(calls.getOrder, (request) => getOrder(prisma, request));
  serve(calls.cancelOrder, (request) => cancelByBuyer(context, request));
  serve(calls.startPayment, (request) => startPayment(context, provider, request));

  return {
    stop: async () => {
      // An audit takes seconds, and a worker has ten to stop. Repairs made by then stay; another worker makes the rest.
      stopping.abort(new Problem('UNAVAILABLE', 'This worker is stopping. Try again: another worker will answer.'));
      await Promise.all(subscriptions.map((subscription) => (subscription.isClosed() ? undefined : subscription.drain())));
      await Promise.allSettled([...inFlight]);
      await Promise.resolve(); // The replies are written in the next turn of the event loop.
    },
  };
}
