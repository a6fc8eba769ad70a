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
import { addStock } from './sales/add-stock.ts';
import { commandSale } from './sales/command-sale.ts';
import { createSale } from './sales/create-sale.ts';
import { adminSale, readSaleRow, withItems } from './sales/sale-views.ts';
import type { WorkerContext } from './worker-context.ts';

/** Newest first; one message of NATS has to hold them. */
const MOST_SALES = 100;

/** Answers every call in `calls`. Stopping takes no new ones and finishes those in hand. */
export function serveCalls(context: WorkerContext, provider: PaymentProvider): { stop(): Promise<void> } {
  const { nc, prisma, log, clock } = context;
  const subscriptions: Subscription[] = [];
  const inHand = new Set<Promise<unknown>>();
  const stopping = new AbortController();

  function serve<Request extends TSchema, Reply extends TSchema>(
    call: Rpc<Request, Reply>,
    handle: (request: Static<Request>) => Promise<Static<Reply>>,
  ): void {
    const tracked = (request: Static<Request>) => {
      const answer = handle(request);
      inHand.add(answer);
      answer.finally(() => inHand.delete(answer)).catch(() => undefined);
      return answer;
    };
    subscriptions.push(serveRpc(nc, call, tracked, log));
  }

  serve(calls.createSale, (wish) => createSale(context, wish));
  serve(calls.listSales, async () => {
    const sales = await prisma.sale.findMany({ include: withItems, orderBy: { id: 'desc' }, take: MOST_SALES });
    return sales.map((sale) => adminSale(sale, clock.now()));
  });
  serve(calls.getSale, async ({ saleId }) => adminSale(await readSaleRow(prisma, saleId), clock.now()));
  serve(calls.commandSale, (command) => commandSale(context, command));
  serve(calls.addStock, (wish) => addStock(context, wish));
  serve(calls.auditSale, async ({ saleId }) => (await auditSale(context, saleId, { signal: stopping.signal })).report);
  serve(calls.repairSale, ({ saleId }) => repairSale(context, saleId, stopping.signal));
  serve(calls.overview, () => overview(context));
  serve(calls.reportSale, ({ saleId }) => reportSale(context, saleId));
  serve(calls.listDeadLetters, ({ limit }) => listDeadLetters(context, limit));
  serve(calls.findReservation, (asked) => findReservation(prisma, asked));
  serve(calls.listOrders, (listing) => listOrders(prisma, listing));
  serve(calls.getOrder, (asked) => getOrder(prisma, asked));
  serve(calls.cancelOrder, (asked) => cancelByBuyer(context, asked));
  serve(calls.startPayment, (asked) => startPayment(context, provider, asked));

  return {
    stop: async () => {
      // An audit takes seconds, and a worker has ten to leave. What was repaired by then is repaired; another worker does the rest.
      stopping.abort(new Problem('UNAVAILABLE', 'This worker is stopping. Ask again: another one answers.'));
      await Promise.all(subscriptions.map((subscription) => (subscription.isClosed() ? undefined : subscription.drain())));
      await Promise.allSettled([...inHand]);
      await Promise.resolve(); // The answers are written in the turn after.
    },
  };
}
