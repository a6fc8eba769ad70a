import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { parseJson } from 'seckill-core';

/** A file of JSON lines that outlives `kill -9`: what was appended is there at the next start. Without a path, it keeps nothing. */
export class KeptLines<Line> {
  readonly #kept: readonly Line[];
  readonly #file: number | undefined;

  constructor(path?: string) {
    // A process that was killed may have written half of its last line.
    const lines = path !== undefined && existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    this.#kept = lines.map((line) => parseJson(line) as Line | undefined).filter((line) => line !== undefined);
    if (path === undefined) return;
    this.#file = openSync(path, 'a');
    if (lines.length > 0 && lines.at(-1) !== '') appendFileSync(this.#file, '\n');
  }

  /** The lines of earlier processes. */
  read(): readonly Line[] {
    return this.#kept;
  }

  append(line: Line): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
