/** Asks every so often until the answer is true; false once the time is over. */
export async function waitUntil(isSo: () => Promise<boolean>, withinMs: number, everyMs = 50): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() >= until) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return true;
}
