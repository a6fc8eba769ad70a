import { readdirSync } from 'node:fs';
import type { ProviderModule } from './provider.ts';

const folder = new URL('./providers/', import.meta.url);
const names = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** Every provider, by name. A folder in `providers` is a provider: no list names them. */
export const PROVIDERS: ReadonlyMap<string, ProviderModule> = new Map(
  await Promise.all(
    names.map(async (name) => {
      const { provider } = (await import(new URL(`${name}/index.ts`, folder).href)) as { provider: ProviderModule };
      return [name, provider] as const;
    }),
  ),
);
