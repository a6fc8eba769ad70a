import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export type ScriptArgument = string | number;

/** A Lua script beside the module that types it. `keys` names KEYS[1…] in order, as the script's header does. */
export interface Script<Key extends string> {
  readonly name: string;
  readonly lua: string;
  readonly keys: readonly Key[];
}

/** Reads `<name>.lua` beside `moduleUrl`. */
export function loadScript<const Key extends string>(moduleUrl: string, name: string, keys: readonly Key[]): Script<Key> {
  return { name, lua: readFileSync(new URL(`./${name}.lua`, moduleUrl), 'utf8'), keys };
}

type Command = (...args: ScriptArgument[]) => Promise<unknown>;
const commandOf = (name: string): string => `seckill:${name}`;

/** Runs the script; ioredis sends it by its hash, and in full where Redis does not have it (a restarted one has none). */
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
