import type { SaleSettings } from 'seckill-core';

/** Returns the payment providers that buyers of a sale may choose from, the usual one first. `configured` are those that the workers have now. */
export function offeredProviders(
  sale: Pick<SaleSettings, 'paymentProviders'> | undefined,
  configured: readonly string[],
): string[] {
  const names = sale?.paymentProviders ?? configured;
  return names.filter((name) => configured.includes(name));
}
