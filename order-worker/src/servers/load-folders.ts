import { existsSync, readdirSync } from 'node:fs';

/** Imports `<name>/index.ts` of each folder at `url` that has one. Resolves to what it exports as `key`, by the folder's name. */
export async function loadFolders<Module>(url: URL, key: string): Promise<ReadonlyMap<string, Module>> {
  const names = readdirSync(url, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/index.ts`, url)))
    .map(({ name }) => name);
  const modules = names.map(async (name) => {
    const module = (await import(new URL(`${name}/index.ts`, url).href)) as Record<string, Module>;
    return [name, module[key] as Module] as const;
  });
  return new Map(await Promise.all(modules));
}
