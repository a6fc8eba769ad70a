import type { RowResult } from './summarise.ts';

export interface Target {
  name: string;
  /** What it must be, with its direction: "≥ 0.90". */
  target: string;
  value: number;
  met: boolean;
}

interface Aim {
  name: string;
  /** Undefined if this run did not measure it. */
  value: number | undefined;
  atLeast?: number;
  atMost?: number;
}

export function checkTargets(rows: readonly RowResult[]): Target[] {
  const of = (name: string) => rows.find(({ row }) => row === name);
  const ratio = (name: string) => of(name)?.ratioToBare;
  const naive = of('naive');
  const win = of('win');
  const ofWin = (name: string) => of(name)?.ratioToWin;
  const most = (part: string) => maximum(rows.map(({ rssMiB }) => rssMiB[part]));
  return judge([
    { name: 'sold out, of bare', value: ratio('sold out'), atLeast: 0.9 },
    { name: 'rate limited, of bare', value: ratio('rate limited'), atLeast: 0.9 },
    { name: 'not started, of bare', value: ratio('not started'), atLeast: 0.9 },
    { name: 'lose in Redis, of bare', value: ratio('lose in Redis'), atLeast: 0.7 },
    { name: 'win, of bare', value: ratio('win'), atLeast: 0.5 },
    { name: 'win, times naive SQL', value: naive && win ? win.perSecond / naive.perSecond : undefined, atLeast: 10 },
    { name: 'orders a second, with deadline and event', value: of('orders')?.perSecond, atLeast: 10_000 },
    { name: 'orders, of a bare multi-row INSERT', value: of('orders')?.extra['ratioToBareInsert'], atLeast: 0.4 },
    { name: 'cancels a second, restocked', value: of('cancels')?.perSecond, atLeast: 8_000 },
    { name: 'lateness p99 of the deadlines, ms', value: of('deadlines on time')?.extra['lateP99Ms'], atMost: 1_000 },
    { name: 'payments begun, 2 500 at once, share in 3 s', value: of('payments begun')?.extra['shareIn3Seconds'], atLeast: 1 },
    { name: 'win beside 2 000 polling buyers, of win', value: ofWin('win, 2 000 polling'), atLeast: 0.9 },
    { name: 'win beside 2 000 live connections, of win', value: ofWin('win, 2 000 live'), atLeast: 0.9 },
    { name: 'memory of a gateway, MiB', value: most('gateway'), atMost: 200 },
    { name: 'memory of a worker, MiB', value: most('worker'), atMost: 250 },
  ]);
}

export function checkMillion(rows: readonly RowResult[]): Target[] {
  const extra = rows.find(({ row }) => row === 'million')?.extra ?? {};
  return judge([
    { name: 'a million buyers, seconds', value: extra['seconds'], atMost: 60 },
    { name: 'winners, p99 ms', value: extra['winnersP99Ms'], atMost: 250 },
    { name: 'all orders after the last win, seconds', value: extra['ordersAfterLastWinSeconds'], atMost: 5 },
  ]);
}

export function checkScale(rows: readonly RowResult[]): Target[] {
  const of = (name: string) => rows.find(({ row }) => row === name);
  const [small, large] = [of('1 000'), of('1 000 000')];
  return judge([
    {
      name: 'wins a second at 1 000 000, of those at 1 000',
      value: small && large ? large.perSecond / small.perSecond : undefined,
      atLeast: 0.85,
    },
    { name: 'Redis, bytes a winner at 1 000 000', value: large?.extra['redisBytesAWinner'], atMost: 400 },
  ]);
}

/** The aims are for a million orders; the overview's is for ten million. */
export function checkBooks(rows: readonly RowResult[]): Target[] {
  const extra = (name: string, key: string) => rows.find(({ row }) => row === name)?.extra[key];
  if (extra('rebuild', 'orders') !== 1_000_000) return [];
  return judge([
    { name: 'rebuild of a million winners, seconds', value: extra('rebuild', 'seconds'), atMost: 10 },
    { name: 'audit of a million orders, seconds', value: extra('audit', 'seconds'), atMost: 60 },
    { name: "audit of a million orders, the worker's extra MiB", value: extra('audit', 'extraMiB'), atMost: 100 },
    { name: 'report of a million orders, seconds', value: extra('report', 'seconds'), atMost: 2 },
    { name: 'overview beside ten million orders, ms', value: extra('overview, 10 x orders', 'ms'), atMost: 100 },
  ]);
}

export function judge(aims: readonly Aim[]): Target[] {
  return aims.flatMap(({ name, value, atLeast, atMost }) => {
    if (value === undefined) return [];
    const met = (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
    const target = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
    return [{ name, target, value: Number(value.toPrecision(4)), met }];
  });
}

function maximum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
