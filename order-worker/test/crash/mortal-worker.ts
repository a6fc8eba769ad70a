import type { ProcessBoundary } from 'dev';
import { startWorker, type Worker } from '../../src/index.ts';
import { saleStatistics } from '../../src/listeners/statistics/sale-statistics.ts';
import { type Ground, quiet } from './ground.ts';
import { connectThroughBoundary } from './mortal-clients.ts';

/** Long, so that a machine that stands still for seconds causes no redelivery: the steps are those of one delivery. */
const LONG_ACK_WAIT_MS = 10_000;

/** A worker behind a boundary at which it can be killed. */
export interface MortalWorker {
  boundary: ProcessBoundary;
  worker: Worker;
  /** Ends what still runs of it in this process. Call it once the worker is dead. */
  dispose(): Promise<void>;
}

export async function startMortalWorker(ground: Ground, ackWaitMs = LONG_ACK_WAIT_MS): Promise<MortalWorker> {
  const { provider, warehouse, sagas } = ground;
  const { boundary, clients, dispose } = await connectThroughBoundary(ground, 5);
  const worker = await startWorker({
    ...clients,
    // Several would move their positions in any order. They share the code that does it.
    listeners: [saleStatistics],
    providers: [
      {
        name: provider.name,
        createCheckout: (request) =>
          boundary.pass({ label: 'provider checkout', text: request.paymentId }, () => provider.createCheckout(request)),
        closeCheckout: (request) =>
          boundary.pass({ label: 'provider close', text: request.paymentId }, () => provider.closeCheckout(request)),
        getPayment: (request) =>
          boundary.pass({ label: 'provider query', text: request.paymentId }, () => provider.getPayment(request)),
        refund: (request) => boundary.pass({ label: 'provider refund', text: request.refundId }, () => provider.refund(request)),
        getRefund: (request) =>
          boundary.pass({ label: 'provider refund query', text: request.refundId }, () => provider.getRefund(request)),
        readNotification: () => provider.readNotification(),
        readStatement: (day) => provider.readStatement(day),
      },
    ],
    pages: ground.context.pages,
    log: quiet,
    ackWaitMs,
    // So short that buyers of random stories, who give back often, hardly wait.
    hoardingPauseMs: 20,
    sagas: sagas && {
      ...sagas,
      warehouse: {
        request: (shipment) =>
          boundary.pass({ label: 'warehouse request', text: shipment.shipmentId }, () => warehouse.request(shipment)),
        cancel: (shipmentId) =>
          boundary.pass({ label: 'warehouse cancel', text: shipmentId }, () => warehouse.cancel(shipmentId)),
        find: (shipmentId) => warehouse.find(shipmentId),
        list: (saleId, cursor) => warehouse.list(saleId, cursor),
      },
    },
  });
  return {
    boundary,
    worker,
    dispose: () => dispose(() => worker.stop()),
  };
}
