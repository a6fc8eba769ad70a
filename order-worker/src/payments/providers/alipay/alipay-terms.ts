import { decimalOf, minorUnitsOf } from 'seckill-core';

/** Alipay's clock: China has had no summer time since 1991. */
const SHANGHAI_MS = 8 * 60 * 60 * 1000;

/** Returns fen as Alipay takes amounts: yuan with two decimals. */
export const yuanOf = (fen: number): string => decimalOf(fen, 'CNY');

/** Returns yuan as fen. Undefined if the text is no amount. */
export const fenOf = (yuan = ''): number | undefined => minorUnitsOf(yuan, 'CNY');

/** Returns `ms` as `YYYY-MM-DD hh:mm:ss` on Alipay's clock. */
export const shanghaiTime = (ms: number): string => new Date(ms + SHANGHAI_MS).toISOString().slice(0, 19).replace('T', ' ');

/** Returns a time on Alipay's clock in ms. Undefined if the text is no time. */
export function msOf(time = ''): number | undefined {
  const ms = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(time) ? Date.parse(`${time.replace(' ', 'T')}+08:00`) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** Returns an id as Alipay takes it: letters, digits and underscores only. */
export const merchantNumber = (id: string): string => id.replaceAll('-', '');

/** Returns the id of a payment from its number. Undefined if this platform didn't choose that number. */
export function idOf(number = ''): string | undefined {
  const [, ...parts] = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(number) ?? [];
  return parts.length === 0 ? undefined : parts.join('-');
}

/**
 * Returns the number of a refund. It holds the amount, because a notification names only the sum of all refunds of a payment.
 */
export const refundNumber = (refundId: string, amountCents: number): string => `${merchantNumber(refundId)}_${amountCents}`;

/** Returns what {@link refundNumber} put into `number`. Undefined if this platform didn't choose that number. */
export function refundOf(number = ''): { refundId: string; amountCents: number } | undefined {
  const [, id, cents] = /^([0-9a-f]{32})_(\d{1,12})$/.exec(number) ?? [];
  const refundId = idOf(id);
  return refundId === undefined ? undefined : { refundId, amountCents: Number(cents) };
}
