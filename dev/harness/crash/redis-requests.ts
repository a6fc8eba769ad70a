import { hash } from 'node:crypto';
import { readScripts } from 'seckill-core';
import type { Request, RequestSplitter } from './operation.ts';

const scripts = readScripts();
const nameOf = new Map(Array.from(scripts, ([name, lua]) => [hash('sha1', lua), name]));

/** The text of every script. A test loads them first, because a script that Redis does not have is sent twice. */
export const luaScripts = (): string[] => [...scripts.values()];

/** Commands as arrays of bulk strings (RESP 2 and 3): `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. A script's label is its file's name. */
export class RedisRequests implements RequestSplitter {
  #rest = Buffer.alloc(0);

  take(chunk: Buffer): Request[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const requests: Request[] = [];
    for (;;) {
      const read = readArray(this.#rest);
      if (read === undefined) return requests;
      requests.push({ bytes: this.#rest.subarray(0, read.length), label: `redis ${labelOf(read.words)}` });
      this.#rest = this.#rest.subarray(read.length);
    }
  }
}

function labelOf([command = '', first = '']: readonly string[]): string {
  const name = command.toLowerCase();
  if (name === 'evalsha') return nameOf.get(first) ?? name;
  if (name === 'eval') return /^-- ([a-z-]+):/.exec(first)?.[1] ?? name;
  return name;
}

function readArray(bytes: Buffer): { words: string[]; length: number } | undefined {
  let at = 0;
  const line = (): string | undefined => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const text = bytes.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  const count = line();
  if (count === undefined) return undefined;
  const words: string[] = [];
  for (let i = 0; i < Number(count.slice(1)); i += 1) {
    const size = line();
    if (size === undefined) return undefined;
    const length = Number(size.slice(1));
    if (bytes.length < at + length + 2) return undefined;
    words.push(bytes.toString('latin1', at, at + length));
    at += length + 2;
  }
  return { words, length: at };
}
