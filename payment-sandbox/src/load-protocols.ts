import { readdirSync } from 'node:fs';
import { ConfigFault, readEnvironment } from 'seckill-core';
import type { Protocol, ProtocolModule, ProtocolParts } from './protocol.ts';

const folder = new URL('./protocols/', import.meta.url);

/** Every folder of protocols/ holds one, under its name. */
export const PROTOCOLS: readonly string[] = readdirSync(folder, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .sort();

export function loadProtocols(): Promise<ProtocolModule[]> {
  return Promise.all(
    PROTOCOLS.map(async (name) => ((await import(`./protocols/${name}/index.ts`)) as { protocol: ProtocolModule }).protocol),
  );
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the protocols whose settings are there, by name. Throws a {@link ConfigFault} that lists every fault of the settings. */
export function createProtocols(
  modules: readonly ProtocolModule[],
  environment: Environment,
  parts: ProtocolParts,
): Map<string, Protocol> {
  const read = modules.map((module) => ({ module, ...readEnvironment(module.settings, environment) }));
  const faults = read.flatMap((each) => each.faults);
  if (faults.length > 0) throw new ConfigFault('payment sandbox', [...new Set(faults)]);
  const protocols = read.flatMap(({ module, values }) => module.create(values, parts) ?? []);
  return new Map(protocols.map((protocol) => [protocol.name, protocol]));
}
