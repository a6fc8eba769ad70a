/** Without a terminal, progress goes into a log: a line now and then. */
const LINE_EVERY_MS = 5_000;

interface Output {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Returns a function that shows progress: in one line that it writes again and again, or in a line every five seconds. `undefined` ends it. */
export function progressPrinter(output: Output, now = () => performance.now()): (text: string | undefined) => void {
  let last = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  return (text) => {
    if (output.isTTY === true) {
      if (text !== undefined || last !== '') output.write(`\r${text ?? ''}\x1b[K`);
      last = text ?? '';
    } else if (text !== undefined && now() - lastAt >= LINE_EVERY_MS) {
      output.write(`${text}\n`);
      lastAt = now();
    }
  };
}
