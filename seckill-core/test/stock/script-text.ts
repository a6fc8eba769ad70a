import { readScripts } from 'seckill-core';

export interface ScriptText {
  name: string;
  /** The full text, with its includes. */
  lua: string;
  /** The same without comments. */
  code: string;
  /** The names of KEYS in order, as the header gives them. */
  keys: string[];
  /** How many arguments come once. */
  argumentCount: number;
  /** The arguments that come for each reservation; empty if there are none. */
  repeated: string[];
}

/** Every script of src/stock with its header: `KEYS[1] name kind`, `ARGV[1] …`, `ARGV[2…] for each reservation: a, b, c`. */
export function scriptTexts(): ScriptText[] {
  return Array.from(readScripts(), ([name, lua]) => read(name, lua));
}

function read(name: string, lua: string): ScriptText {
  const [header = ''] = lua.split(/^(?!--)/m);
  const code = lua.replaceAll(/--.*/g, '');
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
