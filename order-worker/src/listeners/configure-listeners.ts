import { readEnvironment } from 'seckill-core';
import type { Static, TObject } from 'typebox';
import { loadFolders } from '../servers/load-folders.ts';
import type { ListenerModule, ListenerParts } from './listener-module.ts';
import type { OrderListener } from './runner/order-listener.ts';

/** Every listener, by name. A folder beside this file that has an index.ts is a listener: no list names them. */
export const LISTENERS = await loadFolders<ListenerModule>(new URL('./', import.meta.url), 'listener');

/** A listener that is on, with what it read from the environment. */
export interface ConfiguredListener {
  module: ListenerModule;
  values: Static<TObject>;
}

/**
 * Returns the listeners that are on, with their settings, and every fault of these, one sentence each. `named` limits them, and is for this process only:
 * one that is named and is not on is a fault.
 */
export function readListeners(
  env: Readonly<Record<string, string | undefined>>,
  isDevelopment: boolean,
  named?: readonly string[],
): { listeners: ConfiguredListener[]; faults: string[] } {
  const listeners: ConfiguredListener[] = [];
  const faults = (named ?? []).filter((name) => !LISTENERS.has(name)).map((name) => unknown(name));
  for (const module of LISTENERS.values()) {
    if (named !== undefined && !named.includes(module.name)) continue;
    const read = readEnvironment(module.settings, env);
    faults.push(...read.faults);
    // What can't be read is missing from the values.
    if (read.faults.length > 0) continue;
    if (module.isOn?.(read.values) ?? true) {
      faults.push(...(module.faultsOf?.(read.values, isDevelopment) ?? []));
      listeners.push({ module, values: read.values });
    } else if (named !== undefined)
      faults.push(`The listener ${module.name} is not configured. docs/operations.md has its settings.`);
  }
  return { listeners, faults };
}

const unknown = (name: string): string => `There is no listener "${name}"; known are ${[...LISTENERS.keys()].sort().join(', ')}.`;

/** Creates the listeners. Rejects if one cannot read what its settings name. */
export const createListeners = (configured: readonly ConfiguredListener[], parts: ListenerParts): Promise<OrderListener[]> =>
  Promise.all(configured.map(({ module, values }) => module.create(values, parts)));
