/** Connections of each pool of a worker. */
export interface ConnectionShares {
  /** Winners, payments, deadlines, and everything else that moves orders on. */
  orders: number;
  /** Buyers' calls. */
  buyers: number;
  /** Operators' calls. */
  operators: number;
}

/**
 * Shares the connections out: half for orders, a quarter each for buyers' and operators' calls, which can then starve neither orders nor each
 * other. Buyers' calls share their statements, so a few connections carry thousands of calls.
 */
export function shareConnections(connections: number): ConnectionShares {
  const calls = Math.max(1, Math.floor(connections / 4));
  return { orders: connections - 2 * calls, buyers: calls, operators: calls };
}
