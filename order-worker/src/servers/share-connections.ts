/** Connections of each pool of a worker. */
export interface ConnectionShares {
  /** Winners, payments, deadlines, and everything else that moves orders on. */
  orders: number;
  /** Buyers' calls. */
  buyers: number;
  /** Operators' calls. */
  operators: number;
  /** Background work that may take a minute: the light audit, rebuilds. */
  reports: number;
}

/**
 * Shares the connections out: two fifths for orders, a fifth each for buyers' calls, operators' calls and reports, which can then starve neither
 * orders nor each other. Buyers' calls share their statements, so a few connections carry thousands of calls.
 */
export function shareConnections(connections: number): ConnectionShares {
  const each = Math.max(1, Math.floor(connections / 5));
  return { orders: connections - 3 * each, buyers: each, operators: each, reports: each };
}
