import { isReservationId, isUuid } from 'seckill-core';

/** WeChat Pay's field for the merchant's number of a payment takes 32 characters: a UUID without its dashes. */
export const numberOf = (uuid: string): string => uuid.replaceAll('-', '');

/** Undefined if the number is not one of {@link numberOf}: the merchant's other systems have numbers too. */
export function uuidOf(number: string): string | undefined {
  const uuid = number.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isUuid(uuid) ? uuid : undefined;
}

/** The number of a refund takes 64 characters. WeChat Pay's notification of a refund does not name the order, so the number does. */
export const refundNumberOf = (refundId: string, orderId: string): string => numberOf(refundId) + numberOf(orderId);

/** Undefined if the number is not one of {@link refundNumberOf}. */
export function refundOf(number: string): { refundId: string; orderId: string } | undefined {
  const refundId = uuidOf(number.slice(0, 32));
  const orderId = uuidOf(number.slice(32));
  if (refundId === undefined || orderId === undefined || !isReservationId(orderId)) return undefined;
  return { refundId, orderId };
}
