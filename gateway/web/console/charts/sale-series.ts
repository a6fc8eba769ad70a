import type { OperatorFrame, SaleFrame } from '../../shared/api/contract.ts';
import { ANSWER_KINDS } from '../parts/answer-kinds.ts';
import type { ChartSeries } from './chart-series.ts';

export interface SaleMoment {
  at: number;
  /** When the orders were counted. Several moments may share a count. */
  toldAt: number;
  sale: SaleFrame;
}

/** The frames that contain the sale. */
export function momentsOf(frames: readonly OperatorFrame[], saleId: string): SaleMoment[] {
  return frames.flatMap(({ at, toldAt = at, sales }) => {
    const sale = sales.find((each) => each.saleId === saleId);
    return sale === undefined ? [] : [{ at, toldAt, sale }];
  });
}

export function saleAnswerSeries(moments: readonly SaleMoment[]): ChartSeries[] {
  const seen = new Set(moments.flatMap(({ sale }) => Object.keys(sale.perSecond)));
  return ANSWER_KINDS.filter(({ outcome }) => outcome === 'RESERVED' || seen.has(outcome)).map(({ outcome, label, colour }) => ({
    key: outcome,
    label,
    colour,
    values: moments.map(({ sale }) => sale.perSecond[outcome] ?? 0),
  }));
}

export function stockLeft(sale: SaleFrame): number | null {
  let sum = 0;
  for (const { left } of sale.items) {
    if (left === null) return null;
    sum += left;
  }
  return sum;
}

export function stockSeries(moments: readonly SaleMoment[]): ChartSeries[] {
  return [{ key: 'left', label: 'Left', colour: '--act', values: moments.map(({ sale }) => stockLeft(sale)) }];
}

type OrderState = keyof NonNullable<SaleFrame['orders']>;
const ORDER_STATES: readonly [OrderState, string, string][] = [
  ['pendingPayment', 'Awaiting payment', '--c-pending'],
  ['paid', 'Paid', '--c-won'],
  ['cancelled', 'Cancelled', '--c-sold-out'],
  ['refunded', 'Refunded', '--c-share'],
  ['rejected', 'Rejected', '--c-unavailable'],
];

export function orderSeries(moments: readonly SaleMoment[]): ChartSeries[] {
  const latest = moments.at(-1)?.sale.orders;
  return ORDER_STATES.filter(([state], i) => i < 3 || (latest?.[state] ?? 0) > 0).map(([state, label, colour]) => ({
    key: state,
    label,
    colour,
    values: moments.map(({ sale }) => sale.orders?.[state] ?? null),
  }));
}

/** Shortest span of a rate. */
const RATE_MS = 3_000;

export function orderRateSeries(moments: readonly SaleMoment[]): ChartSeries[] {
  const made = (sale: SaleFrame) => {
    const { orders } = sale;
    return orders === undefined ? undefined : orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded;
  };
  return [
    { key: 'made', label: 'Ordered', colour: '--c-early', values: ratesOf(moments, made) },
    { key: 'paid', label: 'Paid', colour: '--c-won', values: ratesOf(moments, ({ orders }) => orders?.paid) },
    { key: 'cancelled', label: 'Cancelled', colour: '--c-sold-out', values: ratesOf(moments, ({ orders }) => orders?.cancelled) },
  ];
}

/**
 * Rates between two counts of the worker, not between two frames. Under load the worker counts every few seconds, and the frames in
 * between repeat the last count: their rate would be 0.
 */
function ratesOf(moments: readonly SaleMoment[], count: (sale: SaleFrame) => number | undefined): (number | null)[] {
  const counts: { toldAt: number; value: number }[] = [];
  let from = 0;
  let rate: number | null = null;
  return moments.map(({ toldAt, sale }) => {
    const value = count(sale);
    if (value === undefined) return null;
    if (counts.at(-1)?.toldAt === toldAt) return rate;
    counts.push({ toldAt, value });
    // The newest count that is old enough, or else the previous one.
    while (from + 2 < counts.length && (counts[from + 1]?.toldAt ?? toldAt) <= toldAt - RATE_MS) from += 1;
    const first = counts[from];
    rate =
      first === undefined || first.toldAt >= toldAt
        ? null
        : Math.max(0, ((value - first.value) / (toldAt - first.toldAt)) * 1_000);
    return rate;
  });
}
