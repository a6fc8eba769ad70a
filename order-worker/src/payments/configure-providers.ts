import { readEnvironment } from 'seckill-core';
import type { Static, TObject } from 'typebox';
import { PROVIDERS } from './load-providers.ts';
import type { PaymentProvider, ProviderModule, ProviderParts } from './provider.ts';

/** A provider with what it read from the environment. */
export interface ConfiguredProvider {
  module: ProviderModule;
  values: Static<TObject>;
}

/** Returns the named providers with their settings, and every fault of these, one sentence each. */
export function readProviders(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  isDevelopment: boolean,
): { providers: ConfiguredProvider[]; faults: string[] } {
  const providers: ConfiguredProvider[] = [];
  const faults: string[] = [];
  for (const name of new Set(names)) {
    const module = PROVIDERS.get(name);
    if (module === undefined) {
      faults.push(`PAYMENT_PROVIDERS names "${name}"; known are ${[...PROVIDERS.keys()].sort().join(', ')}.`);
      continue;
    }
    const read = readEnvironment(module.settings, env);
    // What can't be read is missing from the values.
    const combined = read.faults.length > 0 ? [] : (module.faultsOf?.(read.values, isDevelopment) ?? []);
    faults.push(...read.faults, ...combined);
    providers.push({ module, values: read.values });
  }
  return { providers, faults };
}

/** Creates the providers, in their order. Rejects if a key cannot be read. */
export function createProviders(
  configured: readonly ConfiguredProvider[],
  { publicUrl, log }: { publicUrl: string; log: ProviderParts['log'] },
): Promise<PaymentProvider[]> {
  return Promise.all(
    configured.map(({ module, values }) =>
      module.create(values, {
        notifyUrl: `${publicUrl}/api/payments/webhook/${module.name}`,
        returnUrl: (orderId) => `${publicUrl}/orders#${orderId}`,
        log,
      }),
    ),
  );
}
