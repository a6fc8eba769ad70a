import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export const inRoot = (...parts) => join(root, ...parts);

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** Returns undefined if there is no such file. */
export function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A hash of these files and of all files in these folders, by name and content. Paths start at the repository. */
export function hashOf(...paths) {
  const files = paths.flatMap((path) =>
    statSync(inRoot(path), { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(inRoot(path), { recursive: true }).map((name) => join(path, name))
      : [path],
  );
  return sha256(
    files
      .sort()
      .map((path) => `${path}\n${read(inRoot(path))}`)
      .join('\n'),
  );
}
