import type { OrderListener } from './order-listener.ts';
import { saleStatistics } from './sale-statistics.ts';

/** Everybody who listens to SECKILL_ORDERS in the worker. */
export const LISTENERS: readonly OrderListener[] = [saleStatistics];
