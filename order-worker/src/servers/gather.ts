import { kindOfFault } from 'seckill-core';

export interface GatherOptions {
  /** Most calls in one batch. */
  most?: number;
  /** Batches that run at once, and so the connections that they use. */
  atOnce?: number;
  /** How long a call waits for others, ms. Default: for those of the same turn of the event loop. */
  forMs?: number;
}

interface Member<Asked, Result> {
  asked: Asked;
  /** `performance.now()` when the caller gives up. */
  giveUpAt: number;
  resolve: (result: Exclude<Result, Error>) => void;
  reject: (error: unknown) => void;
}

/**
 * Returns a function that makes one call, and gathers concurrent ones: those that arrive while a batch runs are the next batch. So a rush
 * costs a few statements instead of one for each call, and never more than `atOnce` connections.
 *
 * `run` returns one result for each call, in their order; an Error among them rejects that call alone. If `run` itself rejects because
 * of what it was asked, each call is tried alone: one that PostgreSQL refuses must not fail its neighbours.
 */
export function gather<Asked, Result>(
  run: (asked: Asked[]) => Promise<Result[]>,
  { most = 200, atOnce = 1, forMs = 0 }: GatherOptions = {},
): (asked: Asked, giveUpAt?: number) => Promise<Exclude<Result, Error>> {
  const waiting: Member<Asked, Result>[] = [];
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  const next = (): void => {
    clearTimeout(timer);
    timer = undefined;
    while (running < atOnce && waiting.length > 0) {
      running += 1;
      void runBatch(run, waiting.splice(0, most).filter(isWanted)).finally(() => {
        running -= 1;
        if (waiting.length === 0 || !mayWait()) next();
        else timer ??= setTimeout(next, forMs);
      });
    }
  };
  const mayWait = () => forMs > 0 && waiting.length < most;
  return (asked, giveUpAt = Number.POSITIVE_INFINITY) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, giveUpAt, resolve, reject });
      if (mayWait()) timer ??= setTimeout(next, forMs);
      // After this turn of the event loop, so that calls that arrive together go together.
      else if (waiting.length === 1 || waiting.length === most) setImmediate(next);
    });
}

/** A call whose caller has given up is dropped before its statement. */
function isWanted({ giveUpAt, reject }: Member<unknown, never>): boolean {
  if (performance.now() < giveUpAt) return true;
  reject(new Error('The caller has given up.'));
  return false;
}

async function runBatch<Asked, Result>(
  run: (asked: Asked[]) => Promise<Result[]>,
  batch: Member<Asked, Result>[],
): Promise<void> {
  if (batch.length === 0) return;
  try {
    const results = await run(batch.map(({ asked }) => asked));
    batch.forEach(({ resolve, reject }, i) => {
      const result = results[i] as Result;
      if (result instanceof Error) reject(result);
      else resolve(result as Exclude<Result, Error>);
    });
  } catch (error) {
    const isOfOne = batch.length > 1 && kindOfFault(error) === 'message';
    if (!isOfOne) for (const { reject } of batch) reject(error);
    else for (const member of batch) await runBatch(run, [member]);
  }
}
