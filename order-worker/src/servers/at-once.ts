/** Calls `work` for each, for at most `most` of them at a time. Rejects with the first failure, after the work that had begun. */
export async function atOnce<Each>(most: number, all: readonly Each[], work: (each: Each) => Promise<void>): Promise<void> {
  const left = all.values();
  const worker = async () => {
    for (const each of left) await work(each);
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(most, all.length) }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
