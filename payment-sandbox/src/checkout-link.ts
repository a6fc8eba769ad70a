import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Checkout {
  paymentId: string;
  orderId: string;
  /** In the currency's minor unit. */
  amountCents: number;
  currency: string;
}

const sign = (secret: string, payload: string): string =>
  createHmac('sha256', secret).update(`checkout.${payload}`).digest('base64url');

/** The signed address holds everything the sandbox needs to know about a checkout, so a restart loses nothing. */
export function checkoutToken(secret: string, { paymentId, orderId, amountCents, currency }: Checkout): string {
  const payload = Buffer.from(JSON.stringify([paymentId, orderId, amountCents, currency])).toString('base64url');
  return `${payload}.${sign(secret, payload)}`;
}

/** Returns undefined for an address that the sandbox did not sign with any of the secrets. */
export function readCheckoutToken(secrets: readonly string[], token: string): Checkout | undefined {
  const [payload = '', mac = ''] = token.split('.');
  const given = Buffer.from(mac);
  const isOurs = secrets.some((secret) => {
    const expected = Buffer.from(sign(secret, payload));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isOurs) return undefined;
  const [paymentId, orderId, amountCents, currency] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    string,
    number,
    string,
  ];
  return { paymentId, orderId, amountCents, currency };
}
