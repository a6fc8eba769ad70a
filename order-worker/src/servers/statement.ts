import { readFileSync } from 'node:fs';

/** Reads `<name>.sql` beside `moduleUrl`. Long statements live in their own files, like the Redis scripts. */
export function loadStatement(moduleUrl: string, name: string): string {
  return readFileSync(new URL(`./${name}.sql`, moduleUrl), 'utf8');
}
