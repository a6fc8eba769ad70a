/** What risk control can do to a buyer. */
export type Held = 'slowed' | 'challenged' | 'blocked';

/** Where a buyer comes from, as a proxy in front of the gateway would say it. */
export interface Origin {
  readonly isBot: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** A farm: its accounts share subnets and devices. */
export interface Farm {
  readonly accounts: number;
  readonly subnets: number;
}

/** Honest buyers of one /24 network: neighbours, an office, a small carrier. */
const NEIGHBOURS = 3;
/** Accounts that a farm runs on one device. */
const ACCOUNTS_A_DEVICE = 10;

/** Returns the origin of an honest buyer: an address and a device of their own, in a network with a few others. */
export function honestOrigin(index: number): Origin {
  const network = Math.floor(index / NEIGHBOURS);
  const address = `100.${128 + ((network >> 8) % 128)}.${network & 255}.${1 + (index % NEIGHBOURS)}`;
  return { isBot: false, headers: { 'x-forwarded-for': address, 'x-device-id': `phone-${index}` } };
}

/** Returns the origin of a farm's account. */
export function botOrigin(index: number, { subnets }: Farm): Origin {
  const address = `203.0.${index % subnets}.${1 + (Math.floor(index / subnets) % 254)}`;
  const device = `rack-${Math.floor(index / ACCOUNTS_A_DEVICE)}`;
  return { isBot: true, headers: { 'x-forwarded-for': address, 'x-device-id': device } };
}
