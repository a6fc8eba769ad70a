import { type ProcessPulse, PulseSender, processPulse } from 'seckill-core';
import type { GatewayParts } from '../gateway-parts.ts';
import type { OpenStreams } from '../push/open-streams.ts';
import { LATENCY_BUCKETS } from './answer-metrics.ts';

/** The route whose answers an operator watches. */
export const RESERVE_ROUTE = '/api/reservations';

/** Tells every gateway's console how this one does. */
export function gatewayPulses(parts: GatewayParts, streams: OpenStreams): PulseSender {
  return new PulseSender({
    process: 'gateway',
    send: (pulse) => parts.nats.broadcast(processPulse, pulse),
    describe: () => ({ gateway: describe(parts, streams) }),
  });
}

function describe({ answers: metrics, sales }: GatewayParts, streams: OpenStreams): NonNullable<ProcessPulse['gateway']> {
  const counts: Record<string, number> = {};
  const latencyWon = new Array<number>(LATENCY_BUCKETS.length + 1).fill(0);
  const latencyOthers = [...latencyWon];
  for (const { route, outcome, count, buckets } of metrics.series()) {
    if (route !== RESERVE_ROUTE) continue;
    counts[outcome] = count;
    const latency = outcome === 'RESERVED' ? latencyWon : latencyOthers;
    for (const [i, value] of buckets.entries()) latency[i] = (latency[i] ?? 0) + value;
  }
  const items: Record<string, Record<string, number>> = {};
  for (const { itemId, answers } of sales.items()) {
    const counted = Object.entries(answers).filter(([, count]) => count > 0);
    if (counted.length > 0) items[itemId] = Object.fromEntries(counted);
  }
  return { answers: counts, latencyWon, latencyOthers, items, openStreams: streams.size };
}
