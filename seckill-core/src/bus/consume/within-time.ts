/** The handler hangs. It may still finish, beside the next batch, so it must be idempotent. */
export class HandlerHangs extends Error {
  override readonly name = 'HandlerHangs';
}

/** Runs `work`. Rejects with {@link HandlerHangs} if it neither ends nor calls `progress` for `ms`. */
export async function withinTime(ms: number, work: (progress: () => void) => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new HandlerHangs(`The batch made no progress for ${ms / 1_000} s.`)), ms);
  });
  await Promise.race([work(() => timer?.refresh()), hangs]).finally(() => clearTimeout(timer));
}
