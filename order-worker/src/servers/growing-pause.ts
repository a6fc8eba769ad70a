interface PauseLimits {
  firstMs: number;
  longestMs: number;
}

/** Returns the pause before the next try, ms, after this many failures: each is about twice the one before. */
export const growingPauseMs = (failures: number, { firstMs, longestMs }: PauseLimits): number =>
  Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs) * (0.5 + Math.random() / 2);
