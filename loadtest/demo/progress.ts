import type { Writable } from 'node:stream';

/** Shows the progress until `stop`. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** `picture` is called for each update: lines for the live display, and one line for logs. */
  watch(picture: () => Picture): void;
  stop(): void;
}

export interface Picture {
  lines: string[];
  line: string;
}

export type Output = Writable & { isTTY?: boolean; columns?: number };

export function createProgress(output: Output, quiet: boolean): Progress {
  if (quiet) return { say: () => {}, watch: () => {}, stop: () => {} };
  return output.isTTY === true ? new LiveProgress(output) : new PlainProgress(output);
}

const LIVE_EVERY_MS = 150;
const PLAIN_EVERY_MS = 1_000;

/** A few lines at the bottom of a terminal, drawn over themselves. */
class LiveProgress implements Progress {
  readonly #output: Output;
  #picture: (() => Picture) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  say(line: string): void {
    this.#output.write(`${this.#up()}${line}\n`);
    this.#drawn = 0;
    this.#draw();
  }

  watch(picture: () => Picture): void {
    this.#picture = picture;
    this.#timer ??= setInterval(() => this.#draw(), LIVE_EVERY_MS);
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#picture !== undefined) this.#output.write(this.#up());
    this.#picture = undefined;
    this.#drawn = 0;
  }

  #draw(): void {
    if (this.#picture === undefined) return;
    // A line that wraps takes two rows, and the display would move up too few.
    const width = (this.#output.columns ?? 80) - 1;
    const lines = this.#picture().lines.map((line) => line.slice(0, width));
    this.#output.write(`${this.#up()}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  /** Back to the first line drawn, with all below it gone. */
  #up(): string {
    return this.#drawn === 0 ? '' : `\u001b[${this.#drawn}F\u001b[0J`;
  }
}

/** For logs and pipes: a line a second, if there is something new. */
class PlainProgress implements Progress {
  readonly #output: Output;
  #picture: (() => Picture) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #last = '';

  constructor(output: Output) {
    this.#output = output;
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  watch(picture: () => Picture): void {
    this.#picture = picture;
    this.#timer ??= setInterval(() => this.#print(), PLAIN_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#print();
    this.#picture = undefined;
  }

  #print(): void {
    const line = this.#picture?.().line ?? '';
    if (line === '' || line === this.#last) return;
    this.#last = line;
    this.say(line);
  }
}
