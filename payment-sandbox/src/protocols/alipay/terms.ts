import { decimalOf, minorUnitsOf } from 'seckill-core';

const SHANGHAI_MS = 8 * 60 * 60 * 1000;

/** Returns `ms` as `YYYY-MM-DD hh:mm:ss` in China. */
export const chinaTime = (ms: number): string => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ');

/** Returns a time in China as ms; not a number if the text is none. */
export const msOfChinaTime = (time: string): number =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time) ? Date.parse(`${time.replace(' ', 'T')}+08:00`) : Number.NaN;

export const yuan = (fen: number): string => decimalOf(fen, 'CNY');

/** Undefined if the text is no amount that Alipay takes. */
export function fen(amount: string): number | undefined {
  const value = minorUnitsOf(amount, 'CNY') ?? 0;
  return value >= 1 && value <= 10_000_000_000 ? value : undefined;
}
