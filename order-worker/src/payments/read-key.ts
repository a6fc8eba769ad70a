import { readFileSync } from 'node:fs';

/**
 * Returns the text of a key or a certificate from a setting: the PEM text itself, its line breaks also as `\n`, or the path of a file that holds it.
 * Throws if there is no such file.
 */
export function readKey(setting: string): string {
  const text = /^\.{0,2}\//.test(setting) ? readFileSync(setting, 'utf8') : setting;
  return text.replaceAll('\\n', '\n').trim();
}
