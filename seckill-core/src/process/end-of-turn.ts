/** In a rush a turn takes a second. The processes that have to read wait no longer than for so much work. */
const MOST_WAITING = 128;

let waiting: (() => void)[] = [];

/**
 * Runs `work` when this turn of the event loop has read everything that arrived, in the order of the calls. An answer wakes the process that
 * reads it, which costs more than to write it, so the answers of a turn are written together: the first one wakes the reader for all of them.
 * NATS' client writes with one system call what is published in one go.
 */
export function atEndOfTurn(work: () => void): void {
  const count = waiting.push(work);
  if (count === 1) setImmediate(runAll);
  else if (count === MOST_WAITING) runAll();
}

function runAll(): void {
  const due = waiting;
  waiting = [];
  for (const work of due) work();
}
