/** The crowd was stopped. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Ends all pauses at once. Not an AbortSignal: adding or removing one of its listeners walks through all of them, and a crowd has one for
 * each waiting buyer.
 */
export class StopSwitch {
  readonly #waiting = new Set<(error: Stopped) => void>();
  #stopped = false;

  stop(): void {
    this.#stopped = true;
    for (const end of this.#waiting) end(new Stopped());
    this.#waiting.clear();
  }

  /** Rejects with {@link Stopped} as soon as the crowd is stopped. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(new Stopped());
      const end = (error: Stopped) => {
        clearTimeout(timer);
        reject(error);
      };
      const timer = setTimeout(
        () => {
          this.#waiting.delete(end);
          resolve();
        },
        Math.max(0, ms),
      );
      this.#waiting.add(end);
    });
  }
}
