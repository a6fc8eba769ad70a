import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type ScriptArgument = string | number;

/** A Lua script beside the module that types it. `keys` names KEYS[1…] in order, as the script's header does. */
export interface Script<Key extends string> {
  readonly name: string;
  readonly lua: string;
  readonly keys: readonly Key[];
}

/** Each folder has its scripts and a folder `lib` of what they include. A script may include from the other folder. */
const FOLDERS = [new URL('.', import.meta.url), new URL('../waiting-room/', import.meta.url)];

/** Reads `<name>.lua`, with what it includes. No two scripts have the same name. */
export function loadScript<const Key extends string>(name: string, keys: readonly Key[]): Script<Key> {
  return { name, lua: readLua(`${name}.lua`), keys };
}

/** The full text of every script, by name: for tests and tools that recognise a script by its text or hash. */
export function readScripts(): Map<string, string> {
  const files = FOLDERS.flatMap((folder) => readdirSync(folder)).filter((file) => file.endsWith('.lua'));
  return new Map(files.map((file) => [file.slice(0, -'.lua'.length), readLua(file)]));
}

const INCLUDE = /^-- include: (\S+)$/gm;

/** Puts the file's text in place of each line `-- include: lib/<name>.lua`, once for each file. Included files may include others. */
function readLua(file: string, included = new Set<string>()): string {
  const text = readFileSync(locate(file), 'utf8');
  return text.replace(INCLUDE, (_, path: string) => {
    if (included.has(path)) return '';
    included.add(path);
    return readLua(path, included).trimEnd();
  });
}

function locate(file: string): URL {
  const found = FOLDERS.map((folder) => new URL(file, folder)).find((url) => existsSync(url));
  if (found === undefined) throw new Error(`There is no ${file} in ${FOLDERS.map(({ pathname }) => pathname).join(' or ')}.`);
  return found;
}

type Command = (...args: ScriptArgument[]) => Promise<unknown>;
const commandOf = (name: string): string => `seckill:${name}`;

/** Runs the script. ioredis sends it by its hash, and in full if Redis does not have it (after a restart it has none). */
export function runScript<Key extends string>(
  redis: Redis,
  script: Script<Key>,
  keys: Readonly<Record<Key, string>>,
  args: readonly ScriptArgument[],
): Promise<unknown> {
  const commands = redis as unknown as Record<string, Command | undefined>;
  const name = commandOf(script.name);
  if (commands[name] === undefined) redis.defineCommand(name, { lua: script.lua, numberOfKeys: script.keys.length });
  const command = commands[name];
  if (command === undefined) throw new Error(`ioredis did not take the script ${script.name}.`);
  return command.call(redis, ...script.keys.map((key) => keys[key]), ...args);
}
