import { readFileSync } from 'node:fs';

/** Reads `<name>.sql` beside `moduleUrl`: the hot statements are files of their own, as the Redis scripts are. */
export function loadStatement(moduleUrl: string, name: string): string {
  return readFileSync(new URL(`./${name}.sql`, moduleUrl), 'utf8');
}
