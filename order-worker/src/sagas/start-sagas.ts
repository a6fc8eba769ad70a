import { RepeatedTask } from 'seckill-core';
import type { OrderListener } from '../listeners/runner/order-listener.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { HttpWarehouse, type Warehouse } from '../services/fulfilment/warehouse.ts';
import { serveServices } from '../services/serve-services.ts';
import { afterPaid } from './after-paid/after-paid.ts';
import { openShop } from './after-paid/shop.ts';
import type { SagaSettings } from './configure-sagas.ts';
import { measureSagas } from './measure-sagas.ts';
import type { Saga } from './saga.ts';
import { sagaListener } from './saga-listener.ts';
import { type SagaPace, SagaRunner } from './saga-runner.ts';

const MEASURE_EVERY_MS = 5_000;

export interface SagaOptions extends Omit<SagaSettings, 'warehouse'> {
  warehouse?: SagaSettings['warehouse'] | Warehouse;
  pace?: Partial<SagaPace>;
}

export interface Sagas {
  saga: Saga;
  listener: OrderListener;
  /** Looks for due sagas at once. */
  wake(): void;
  stop(): Promise<void>;
}

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics' | 'warehouse'>;

/** Returns the warehouse that the settings name; none if nothing is shipped. */
export function openWarehouse(options: Pick<SagaOptions, 'warehouse'> = {}): Warehouse | undefined {
  const { warehouse } = options;
  return warehouse === undefined || 'request' in warehouse ? warehouse : new HttpWarehouse(warehouse);
}

/** Starts the services that the saga calls, and runs due sagas. `refundDecided` is called after a saga has decided a refund, with its id. */
export function startSagas(
  parts: Parts,
  { warehouse: _, pace, ...settings }: SagaOptions,
  refundDecided: (refundId: string) => void,
): Sagas {
  const { warehouse } = parts;
  const saga = afterPaid(openShop({ ...parts, warehouse, refundDecided }, settings));
  const services = serveServices(parts);
  const runner = new SagaRunner(parts, saga, pace).start();
  const measuring = new RepeatedTask({
    name: 'measuring the sagas',
    everyMs: MEASURE_EVERY_MS,
    run: () => measureSagas(parts),
    log: parts.log,
  }).start();
  return {
    saga,
    listener: sagaListener(saga),
    wake: () => runner.wake(),
    stop: async () => {
      await Promise.all([runner.stop(), measuring.stop()]);
      await services.stop();
      if (warehouse instanceof HttpWarehouse) warehouse.close();
    },
  };
}
