import { readEnvironment } from 'seckill-core';
import type { Static, TObject } from 'typebox';
import type { OrderFinder } from '../search/order-finder.ts';
import { loadFolders } from '../servers/load-folders.ts';
import type { Sink, SinkModule, SinkParts } from './sink.ts';

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
    const { sink, faults: ofSink } = readSink(module, env);
    faults.push(...ofSink);
    if (sink !== undefined) sinks.push(sink);
    else if (named !== undefined && ofSink.length === 0)
      faults.push(`The sink ${module.name} is not configured. docs/data-hub.md has its settings.`);
  }
  return { sinks, faults };
}

/** Returns the sink that the search of orders reads, if one is on, whether this process feeds it or not. */
export function readSearch(env: Readonly<Record<string, string | undefined>>): {
  search: ConfiguredSink | undefined;
  faults: string[];
} {
  const reads = [...SINKS.values()]
    .filter(({ createFinder }) => createFinder !== undefined)
    .map((module) => readSink(module, env));
  return { search: reads.find(({ sink }) => sink !== undefined)?.sink, faults: reads.flatMap(({ faults }) => faults) };
}

/** No sink if it is off, or if what it needs can't be read. */
function readSink(
  module: SinkModule,
  env: Readonly<Record<string, string | undefined>>,
): { sink: ConfiguredSink | undefined; faults: string[] } {
  const { values, faults } = readEnvironment(module.settings, env);
  // What can't be read is missing from the values.
  if (faults.length > 0 || !module.isOn(values)) return { sink: undefined, faults };
  return { sink: { module, values }, faults: module.faultsOf?.(values) ?? [] };
}

const unknown = (name: string): string => `There is no sink "${name}"; known are ${[...SINKS.keys()].sort().join(', ')}.`;

export const createSinks = (configured: readonly ConfiguredSink[], parts: SinkParts): Promise<NamedSink[]> =>
  Promise.all(configured.map(async ({ module, values }) => ({ name: module.name, sink: await module.create(values, parts) })));

/** Undefined if there is no such sink: the search reads PostgreSQL. */
export const createFinder = async (search: ConfiguredSink | undefined): Promise<OrderFinder | undefined> =>
  search?.module.createFinder?.(search.values);
