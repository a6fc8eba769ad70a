import { collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { LOOP_MONITOR_MS } from 'seckill-core';
import type { Found } from '../admission/risk/verdicts.ts';
import { type AnswerMetrics, type AnswerSeries, LATENCY_BUCKETS } from './answer-metrics.ts';

/** The values that a scrape reads. */
export interface GatewayGauges {
  answers: AnswerMetrics;
  /** What the rules of risk control have found. */
  findings?: () => Iterable<Readonly<Found>>;
  /** Gauges without labels, by the end of their name. */
  gauges: Readonly<Record<string, { help: string; read: () => number | Promise<number> }>>;
}

/** The registry behind `/metrics`. It collects on scrape, so counting an answer stays a plain addition. */
export function createRegistry({ answers, findings = () => [], gauges }: GatewayGauges): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_MONITOR_MS });
  for (const [name, { help, read }] of Object.entries(gauges)) {
    new Gauge({
      name: `seckill_gateway_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  }
  register(registry, 'seckill_gateway_answers_total', 'Answers by route and outcome', 'counter', () =>
    Array.from(answers.series(), (series) => ({ labels: labelsOf(series), value: series.count })),
  );
  register(registry, 'seckill_gateway_answer_seconds', 'Time to answer in seconds, by route and outcome', 'histogram', () =>
    Array.from(answers.series(), histogram).flat(),
  );
  register(registry, 'seckill_risk_verdicts_total', 'Requests that rules of risk control have found', 'counter', () =>
    Array.from(findings(), ({ ruleId, action, requests }) => ({ labels: { rule: ruleId, action }, value: requests })),
  );
  return registry;
}

interface Value {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/** prom-client accepts any object that returns its values, but its types allow only its own classes. */
function register(registry: Registry, name: string, help: string, type: 'counter' | 'histogram', read: () => Value[]): void {
  const metric = { name, help, type, get: async () => ({ name, help, type, values: read(), aggregator: 'sum' }) };
  registry.registerMetric(metric as unknown as Metric);
}

function labelsOf({ route, outcome }: AnswerSeries): { route: string; outcome: string } {
  return { route, outcome };
}

function histogram(series: AnswerSeries): Value[] {
  const name = 'seckill_gateway_answer_seconds';
  const labels = labelsOf(series);
  let below = 0;
  const buckets = Array.from(series.buckets, (count, i) => {
    below += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: LATENCY_BUCKETS[i] ?? '+Inf' }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: series.sumSeconds },
    { metricName: `${name}_count`, labels, value: series.count },
  ];
}
