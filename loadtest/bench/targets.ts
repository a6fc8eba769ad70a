import { QUIET_ALONE, QUIET_BESIDE_HOT } from './rows/hot-item.ts';
import { WITH_LISTENERS, WITHOUT_LISTENERS } from './rows/listeners.ts';
import { WITH_TEN_RULES } from './rows/ten-rules.ts';
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
  const ofWin = (name: string) => of(name)?.ratioToWin;
  const extra = (name: string, key: string) => of(name)?.extra[key];
  const [naive, win] = [of('naive'), of('win')];
  const [one, many] = [of('light gateways: 1'), of('light gateways: 64')];
  const most = (part: string) => maximum(rows.map(({ rssMiB }) => rssMiB[part]));
  return judge([
    { name: 'not started, of bare', value: ratio('not started'), atLeast: 1 },
    { name: 'rate limited, of bare', value: ratio('rate limited'), atLeast: 1 },
    { name: 'sold out, of bare', value: ratio('sold out'), atLeast: 1 },
    { name: 'lose in Redis, of bare', value: ratio('lose in Redis'), atLeast: 0.9 },
    { name: 'win, of bare', value: ratio('win'), atLeast: 0.65 },
    { name: 'win with worker, of bare', value: ratio('win with worker'), atLeast: 0.45 },
    { name: 'win, times naive SQL', value: naive && win ? win.perSecond / naive.perSecond : undefined, atLeast: 10 },
    { name: 'win beside 2 000 polling buyers, of win', value: ofWin('win beside polling'), atLeast: 0.9 },
    { name: 'win beside 2 000 live connections, of win', value: ofWin('win beside live'), atLeast: 0.9 },
    { name: 'win with ten rules, of win', value: ofWin(WITH_TEN_RULES), atLeast: 0.95 },
    { name: 'orders, of a bare multi-row INSERT', value: extra('orders', 'ratioToBareInsert'), atLeast: 0.5 },
    { name: 'cancels, of a bare multi-row UPDATE', value: extra('cancels', 'ratioToBareUpdate'), atLeast: 0.5 },
    {
      name: 'lateness p99 of deadlines at half the order rate, ms',
      value: extra('deadlines on time', 'lateP99Ms'),
      atMost: 1_000,
    },
    { name: 'payments begun, 2 500 at once, share in 3 s', value: extra('payments begun', 'shareIn3Seconds'), atLeast: 1 },
    { name: 'wins by 64 gateways, of those by 1', value: one && many ? many.perSecond / one.perSecond : undefined, atLeast: 0.9 },
    { name: 'CPU of an idle gateway, 300 items on sale, %', value: extra('idle', 'gatewayPercent'), atMost: 1 },
    { name: 'memory of a gateway, MiB', value: most('gateway'), atMost: 200 },
    { name: 'memory of a worker, MiB', value: most('worker'), atMost: 250 },
  ]);
}

export function checkMillion(rows: readonly RowResult[]): Target[] {
  const million = rows.find(({ row }) => row === 'million');
  return judge([
    { name: 'answers a second, of bare', value: million?.ratioToBare, atLeast: 0.95 },
    { name: 'winners, p99 ms', value: million?.extra['winnersP99Ms'], atMost: 100 },
    { name: 'all orders after the last win, seconds', value: million?.extra['ordersAfterLastWinSeconds'], atMost: 5 },
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

export function checkListeners(rows: readonly RowResult[]): Target[] {
  const rate = (name: string) => rows.find(({ row }) => row === name)?.perSecond;
  const [without, all] = [rate(WITHOUT_LISTENERS), rate(WITH_LISTENERS)];
  const value = without === undefined || all === undefined ? undefined : all / without;
  return judge([{ name: 'orders a second with all listeners, of those with none', value, atLeast: 0.8 }]);
}

export function checkHot(rows: readonly RowResult[]): Target[] {
  const p99 = (name: string) => rows.find(({ row }) => row === name)?.p99Ms;
  const [alone, beside] = [p99(QUIET_ALONE), p99(QUIET_BESIDE_HOT)];
  const value = alone === undefined || beside === undefined ? undefined : beside / alone;
  return judge([{ name: "p99 of a quiet item's answers beside a hot item, of alone", value, atMost: 1.5 }]);
}

export function checkRoom(rows: readonly RowResult[]): Target[] {
  const of = (name: string) => rows.find(({ row }) => row === name);
  return judge([
    { name: 'look-ups of tickets, of bare', value: of('look-ups of tickets')?.ratioToBare, atLeast: 0.8 },
    { name: 'joins a second', value: of('joins')?.perSecond, atLeast: 20_000 },
    { name: 'last of 10 000 pages after the first, ms', value: of('pages pushed')?.extra['lastAfterFirstMs'], atMost: 1_000 },
    { name: 'Redis, bytes a person of a million', value: of('million tickets')?.extra['bytesAPerson'], atMost: 200 },
  ]);
}

export function checkWebhooks(rows: readonly RowResult[]): Target[] {
  const run = rows.find(({ row }) => row === 'webhooks');
  return judge([
    { name: 'most that one of 98 webhook endpoints was behind, ms', value: run?.extra['mostBehindMs'], atMost: 1_000 },
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
