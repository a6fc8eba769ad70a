import { consoleOpen, type ProcessPulse, PulseSender, processPulse } from 'seckill-core';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { NatsLink } from '../links/nats-link.ts';
import { type AnswerMetrics, LATENCY_BUCKETS } from './answer-metrics.ts';
import { ItemGrowth } from './item-growth.ts';

/** The route whose answers operators watch. */
const RESERVE_ROUTE = '/api/reservations';

export interface GatewayPulseParts {
  nats: NatsLink;
  sales: SalesMemory;
  answers: AnswerMetrics;
}

/** Sends this gateway's state to the open consoles of all gateways. `streams` are the pages that are open here. */
export function gatewayPulses(parts: GatewayPulseParts, streams: { readonly size: number }): PulseSender {
  const items = new ItemGrowth();
  const sender = new PulseSender({
    process: 'gateway',
    send: (pulse) => parts.nats.broadcast(processPulse, pulse),
    describe: (begins) => ({
      gateway: { ...answersOf(parts.answers), grown: items.take(parts.sales.items(), begins), openStreams: streams.size },
    }),
  });
  parts.nats.listen(consoleOpen, () => sender.wanted());
  return sender;
}

type Answers = Pick<NonNullable<ProcessPulse['gateway']>, 'answers' | 'latencyWon' | 'latencyOthers'>;

function answersOf(metrics: AnswerMetrics): Answers {
  const counts: Record<string, number> = {};
  const latencyWon = new Array<number>(LATENCY_BUCKETS.length + 1).fill(0);
  const latencyOthers = [...latencyWon];
  for (const { route, outcome, count, buckets } of metrics.series()) {
    if (route !== RESERVE_ROUTE) continue;
    counts[outcome] = count;
    // Refusing a text that we did not sign is no service: a flood of them would make the latency look good.
    if (outcome === 'TOKEN_INVALID') continue;
    const latency = outcome === 'RESERVED' ? latencyWon : latencyOthers;
    for (const [i, value] of buckets.entries()) latency[i] = (latency[i] ?? 0) + value;
  }
  return { answers: counts, latencyWon, latencyOthers };
}
