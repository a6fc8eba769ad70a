export interface StopOnSignalOptions {
  /** Exit code of the process, once `stop` is done. Default 130: interrupted before the end. */
  exitCode?: number;
}

/**
 * Calls `stop` once, at Ctrl-C, SIGTERM, SIGHUP or when the process that started this one is gone (its kill -9 sends no
 * signal), and then ends the process. A second Ctrl-C, a second or more later, ends it at once: the guard of its throw-away
 * folder then cleans up.
 */
export function stopOnSignal(stop: () => Promise<void>, { exitCode = 130 }: StopOnSignalOptions = {}): void {
  let since: number | undefined;
  const end = async () => {
    // A terminal sends Ctrl-C to every process of the command, and the front door passes it on, so two signals in a row count as one.
    if (since !== undefined && performance.now() - since < 1000) return;
    if (since !== undefined) process.exit(exitCode);
    since = performance.now();
    try {
      await stop();
      process.exit(exitCode);
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && since === undefined) end();
  }, 500).unref();
}
