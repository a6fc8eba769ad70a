import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = (path: string) => () => [path];

/** Debian keeps PostgreSQL's programs off the PATH, in a folder for each version; Homebrew and Postgres.app do as well. Newest first. */
const versions = (parent: string, name: RegExp, tail: string) => () => {
  let names: string[];
  try {
    names = readdirSync(parent);
  } catch {
    return [];
  }
  const number = (text: string) => Number(/[\d.]+$/.exec(text)?.[0] ?? 0);
  return names
    .filter((entry) => name.test(entry))
    .sort((a, b) => number(b) - number(a))
    .map((entry) => join(parent, entry, tail));
};

const elsewhere = [
  root('/usr/local/bin'),
  root('/usr/bin'),
  root('/usr/local/sbin'),
  root('/usr/sbin'),
  versions('/usr/lib/postgresql', /^\d+$/, 'bin'),
  versions('/usr', /^pgsql-\d+$/, 'bin'),
  root('/opt/homebrew/bin'),
  versions('/opt/homebrew/opt', /^postgresql@\d+$/, 'bin'),
  versions('/usr/local/opt', /^postgresql@\d+$/, 'bin'),
  root('/home/linuxbrew/.linuxbrew/bin'),
  root('/Applications/Postgres.app/Contents/Versions/latest/bin'),
];

/** The first folder of the PATH, or of the usual install folders, that holds all of the programs; undefined if none does. */
export function findFolderOf(...programs: string[]): string | undefined {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...path, ...elsewhere.flatMap((list) => list())];
  return folders.find((folder) => programs.every((program) => isProgram(join(folder, program))));
}

export function findProgram(program: string): string | undefined {
  const folder = findFolderOf(program);
  return folder === undefined ? undefined : join(folder, program);
}

/** Returns whether this process may run the file at `path`. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
