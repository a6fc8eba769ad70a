import type { OrderStatus } from 'seckill-core';

/** What to look for. All parts must hold; times in ms. */
export interface OrderQuery {
  /** The beginning of a user id or an order number, or words that the titles of the item and its sale contain. */
  text?: string | undefined;
  saleId?: string | undefined;
  itemId?: string | undefined;
  userId?: string | undefined;
  status?: OrderStatus | undefined;
  /** The order was made at `from` or later, and before `to`. */
  from?: number | undefined;
  to?: number | undefined;
  /** Only orders with smaller ids, which are older. */
  before?: string | undefined;
}

export interface FoundOrders {
  /** The newest first. */
  orderIds: string[];
  /** The `before` of the next page; undefined if there are no more orders. */
  next: string | undefined;
}

/** A search of orders. It may be a moment behind, so the caller shows the orders as PostgreSQL has them. */
export interface OrderFinder {
  find(query: OrderQuery, limit: number): Promise<FoundOrders>;
}
