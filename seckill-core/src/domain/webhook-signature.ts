import { createHmac, timingSafeEqual } from 'node:crypto';

/** Maximum age of a signature in seconds, and the most that it may be ahead of the verifier's clock. */
const SIGNATURE_TOLERANCE_SECONDS = 300;

const FORM = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/;

/** Returns the `Seckill-Signature` of a body: `t=<unix s>,v1=<hex HMAC-SHA256 of "t.body">`. */
export function signWebhook(secret: string, body: string, unixSeconds: number): string {
  return `t=${unixSeconds},v1=${createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex')}`;
}

/**
 * Returns whether `header` is a valid signature of `rawBody` at `now` (unix seconds) with one of the secrets.
 * A replay within the tolerance passes and is harmless: its event id lets it count once.
 */
export function isSigned(secrets: readonly string[], header: string | undefined, rawBody: Buffer, now: number): boolean {
  const [, time, mac] = FORM.exec(header ?? '') ?? [];
  if (time === undefined || mac === undefined) return false;
  if (Math.abs(now - Number(time)) > SIGNATURE_TOLERANCE_SECONDS) return false;
  const given = Buffer.from(mac, 'hex');
  return secrets.some((secret) =>
    timingSafeEqual(createHmac('sha256', secret).update(`${time}.`).update(rawBody).digest(), given),
  );
}
