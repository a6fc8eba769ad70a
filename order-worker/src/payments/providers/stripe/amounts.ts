import { ProviderRefused } from '../../provider.ts';

/** Decimals that Stripe counts more than ISO 4217, or fewer. */
const decimalsMore: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: -2 };
/** Stripe counts three decimals as ISO 4217 does, and the last has to be 0. */
const threeDecimals: ReadonlySet<string> = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/**
 * Returns an amount in Stripe's unit. Throws {@link ProviderRefused} if Stripe has no such amount.
 *
 * @param minorUnits In the currency's ISO 4217 minor unit.
 */
export function toStripe(minorUnits: number, currency: string): number {
  const { [currency]: more = 0 } = decimalsMore;
  const step = threeDecimals.has(currency) ? 10 : 10 ** Math.max(0, -more);
  if (minorUnits % step !== 0) {
    throw new ProviderRefused(`Stripe takes ${currency} in steps of ${step} minor units, and an amount is ${minorUnits}.`);
  }
  return more < 0 ? minorUnits / 10 ** -more : minorUnits * 10 ** more;
}

/** Returns an amount of Stripe, whose currencies are in lower case, in the currency's ISO 4217 minor unit. */
export function fromStripe(amount: number, lowerCase: string): { amountCents: number; currency: string } {
  const currency = lowerCase.toUpperCase();
  const { [currency]: more = 0 } = decimalsMore;
  // Rounded for nothing that Stripe takes: it refuses fractions of a króna.
  return { amountCents: more < 0 ? amount * 10 ** -more : Math.round(amount / 10 ** more), currency };
}
