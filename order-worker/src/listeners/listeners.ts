import type { OrderListener } from './runner/order-listener.ts';
import { saleStatistics } from './statistics/sale-statistics.ts';

/** Every listener that runs in the worker. */
export const LISTENERS: readonly OrderListener[] = [saleStatistics];
