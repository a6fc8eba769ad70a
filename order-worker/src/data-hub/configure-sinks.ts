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

/** Returns the sinks that are on, with their settings, and every fault of these, one sentence each. */
export function readSinks(env: Readonly<Record<string, string | undefined>>): { sinks: ConfiguredSink[]; faults: string[] } {
  const sinks: ConfiguredSink[] = [];
  const faults: string[] = [];
  for (const module of SINKS.values()) {
    const read = readEnvironment(module.settings, env);
    faults.push(...read.faults);
    // What can't be read is missing from the values.
    if (read.faults.length > 0 || !module.isOn(read.values)) continue;
    faults.push(...(module.faultsOf?.(read.values) ?? []));
    sinks.push({ module, values: read.values });
  }
  return { sinks, faults };
}

export const createSinks = (configured: readonly ConfiguredSink[]): Promise<NamedSink[]> =>
  Promise.all(configured.map(async ({ module, values }) => ({ name: module.name, sink: await module.create(values) })));
