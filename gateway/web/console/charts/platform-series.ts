import type { OperatorFrame } from '../../shared/api/contract.ts';
import { ANSWER_KINDS } from '../parts/answer-kinds.ts';
import { formatCount } from '../parts/numbers.ts';
import type { ChartSeries } from './chart-series.ts';

type Frames = readonly OperatorFrame[];

/** Answers per second of all sales. Each note is the total that the metrics show. */
export function answerSeries(frames: Frames): ChartSeries[] {
  const latest = frames.at(-1)?.answers ?? {};
  return ANSWER_KINDS.filter(({ outcome }) => outcome === 'RESERVED' || (latest[outcome]?.total ?? 0) > 0).map(
    ({ outcome, label, colour }) => ({
      key: outcome,
      label,
      colour,
      values: frames.map(({ answers }) => answers[outcome]?.perSecond ?? 0),
      note: `${formatCount(latest[outcome]?.total ?? 0)} in all`,
    }),
  );
}

export function latencySeries(frames: Frames): ChartSeries[] {
  return [
    {
      key: 'won-p50',
      label: 'Won p50',
      colour: '--c-won',
      values: frames.map(({ latencyMs }) => latencyMs.won?.p50 ?? null),
      isDashed: true,
    },
    {
      key: 'won-p99',
      label: 'Won p99',
      colour: '--c-won',
      values: frames.map(({ latencyMs }) => latencyMs.won?.p99 ?? null),
    },
    {
      key: 'others-p50',
      label: 'Others p50',
      colour: '--c-sold-out',
      values: frames.map(({ latencyMs }) => latencyMs.others?.p50 ?? null),
      isDashed: true,
    },
    {
      key: 'others-p99',
      label: 'Others p99',
      colour: '--c-sold-out',
      values: frames.map(({ latencyMs }) => latencyMs.others?.p99 ?? null),
    },
  ];
}

/** The age of the oldest message that the worker has not finished. */
export function lagSeries(frames: Frames): ChartSeries[] {
  const behind = (stream: string) =>
    frames.map(({ queues }) => {
      const ages = queues.filter((queue) => queue.stream === stream).map(({ behindMs }) => behindMs ?? null);
      return ages.reduce((oldest, age) => (age !== null && age >= (oldest ?? 0) ? age : oldest), null);
    });
  return [
    { key: 'orders', label: 'Orders', colour: '--c-won', values: behind('SECKILL_RESERVATIONS') },
    { key: 'payments', label: 'Payments', colour: '--c-early', values: behind('SECKILL_PAYMENTS') },
  ];
}

/** Messages that wait in JetStream for the worker, and in Redis for JetStream. */
export function queueSeries(frames: Frames): ChartSeries[] {
  const waiting = (stream: string) =>
    frames.map(({ workerAnswers, queues }) =>
      workerAnswers ? queues.reduce((sum, queue) => sum + (queue.stream === stream ? queue.waiting : 0), 0) : null,
    );
  return [
    { key: 'reservations', label: 'Wins to order', colour: '--c-won', values: waiting('SECKILL_RESERVATIONS') },
    { key: 'payments', label: 'Payments', colour: '--c-early', values: waiting('SECKILL_PAYMENTS') },
    {
      key: 'outbox',
      label: 'Outbox',
      colour: '--c-unavailable',
      values: frames.map(({ workerAnswers, sales }) =>
        workerAnswers ? sales.reduce((sum, sale) => sum + (sale.outbox ?? 0), 0) : null,
      ),
    },
  ];
}
