import { readdirSync, readFileSync } from 'node:fs';

export interface ScriptText {
  name: string;
  lua: string;
  /** Of `<name>.lua` without its comments. */
  code: string;
  /** What the header says: the names of KEYS in order. */
  keys: string[];
  /** The arguments that come once: how many. */
  argumentCount: number;
  /** The arguments that come for each reservation; empty where there are none. */
  repeated: string[];
}

const folder = new URL('../../src/stock/', import.meta.url);

/** Every script of src/stock, with its header read: `KEYS[1] name kind`, `ARGV[1] …`, `ARGV[2…] for each reservation: a, b, c`. */
export function scriptTexts(): ScriptText[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => read(file.replace('.lua', '')));
}

function read(name: string): ScriptText {
  const lua = readFileSync(new URL(`${name}.lua`, folder), 'utf8');
  const lines = lua.split('\n');
  const header = lines.filter((line) => line.startsWith('--')).join('\n');
  const code = lines.map((line) => line.replace(/--.*/, '')).join('\n');
  const keys = [...header.matchAll(/KEYS\[(\d+)\] (\w+)/g)].map(([, index, key], at) => {
    if (Number(index) !== at + 1) throw new Error(`${name}.lua: KEYS[${index}] is not in its place.`);
    return key ?? '';
  });
  const list = /ARGV\[(\d+)…\] (?:for each \w+: )?(.+)/.exec(header);
  const names = (list?.[2] ?? '')
    .replace(/\(.*?\)/g, '')
    .split(',')
    .map((each) => each.trim());
  const single = [...header.matchAll(/ARGV\[(\d+)\]/g)].length;
  const forEach = list?.[0].includes('for each') === true;
  return {
    name,
    lua,
    code,
    keys,
    argumentCount: single + (list && !forEach ? names.length : 0),
    repeated: forEach ? names : [],
  };
}
