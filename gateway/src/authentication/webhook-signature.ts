import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old, or how far ahead, a signature may be. */
export const SIGNATURE_TOLERANCE_SECONDS = 300;

const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/**
 * Is `header` (`t=<unix s>,v1=<hex HMAC-SHA256 of "t.rawBody">`) ours for these bytes at `now` (unix s)?
 * A replay inside the tolerance passes, and is harmless: the event's id lets it count once.
 */
export function isSigned(secret: string, header: string | undefined, rawBody: Buffer, now: number): boolean {
  const [, time, mac] = FORM.exec(header ?? '') ?? [];
  if (time === undefined || mac === undefined) return false;
  const expected = createHmac('sha256', secret).update(`${time}.`).update(rawBody).digest();
  const right = timingSafeEqual(expected, Buffer.from(mac, 'hex'));
  return right && Math.abs(now - Number(time)) <= SIGNATURE_TOLERANCE_SECONDS;
}
