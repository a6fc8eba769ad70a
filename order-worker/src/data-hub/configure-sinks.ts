import { readEnvironment } from 'seckill-core';
import type { Static, TObject } from 'typebox';
import { loadFolders } from '../servers/load-folders.ts';
import type { Sink, SinkModule } from './sink.ts';

/** Every sink, by name. A folder in `sinks` is a sink: no list names them. */
export const SINKS = await loadFolders<SinkModule>(new URL('./sinks/', import.meta.url), 'sink');

export interface ConfiguredSink {
  module: SinkModule;
  values: Static<TObject>;
}

export interface NamedSink {
  name: string;
  sink: Sink;
}

/**
 * Returns the sinks that are on, with their settings, and every fault of these, one sentence each. `named` limits them, and is for this process only: one
 * that is named and is not on is a fault.
 */
export function readSinks(
  env: Readonly<Record<string, string | undefined>>,
  named?: readonly string[],
): { sinks: ConfiguredSink[]; faults: string[] } {
  const sinks: ConfiguredSink[] = [];
  const faults = (named ?? []).filter((name) => !SINKS.has(name)).map((name) => unknown(name));
  for (const module of SINKS.values()) {
    if (named !== undefined && !named.includes(module.name)) continue;
    const read = readEnvironment(module.settings, env);
    faults.push(...read.faults);
    // What can't be read is missing from the values.
    if (read.faults.length > 0) continue;
    if (module.isOn(read.values)) {
      faults.push(...(module.faultsOf?.(read.values) ?? []));
      sinks.push({ module, values: read.values });
    } else if (named !== undefined) faults.push(`The sink ${module.name} is not configured. docs/data-hub.md has its settings.`);
  }
  return { sinks, faults };
}

const unknown = (name: string): string => `There is no sink "${name}"; known are ${[...SINKS.keys()].sort().join(', ')}.`;

export const createSinks = (configured: readonly ConfiguredSink[]): Promise<NamedSink[]> =>
  Promise.all(configured.map(async ({ module, values }) => ({ name: module.name, sink: await module.create(values) })));
