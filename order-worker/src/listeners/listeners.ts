import type { OrderListener } from './order-listener.ts';
import { saleStatistics } from './statistics/sale-statistics.ts';

/** Everybody who listens to SECKILL_ORDERS in the worker. */
export const LISTENERS: readonly OrderListener[] = [saleStatistics];
