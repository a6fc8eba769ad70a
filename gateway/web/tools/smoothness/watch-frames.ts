import type { Page } from 'playwright-core';

export interface Frames {
  perSecond: number;
  gapP95Ms: number;
  longestMs: number;
  /** Share of time in which the main thread worked: script, style, layout, paint. CPU time, without waits for a core. */
  busy: number;
}

/** As text, because tsx adds a helper to named functions that the page does not have. */
const RECORD_FRAMES = `
  if (globalThis.frameTimes === undefined) {
    requestAnimationFrame(function next(at) {
      frameTimes.push(at);
      requestAnimationFrame(next);
    });
  }
  globalThis.frameTimes = [];`;

/** Measures until the function it resolves with is called. */
export async function watchFrames(page: Page): Promise<() => Promise<Frames>> {
  const session = await page.context().newCDPSession(page);
  // In front, because a hidden tab draws nothing.
  await session.send('Emulation.setFocusEmulationEnabled', { enabled: true });
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const taskSeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  await page.evaluate(RECORD_FRAMES);
  const from = performance.now();
  const before = await taskSeconds();
  return async () => {
    const seconds = (performance.now() - from) / 1_000;
    const busy = ((await taskSeconds()) - before) / seconds;
    const frames = await page.evaluate(() => (globalThis as unknown as { frameTimes: number[] }).frameTimes.splice(0));
    const gaps = frames
      .slice(1)
      .map((at, index) => at - (frames[index] ?? at))
      .toSorted((a, b) => a - b);
    await session.detach();
    return {
      perSecond: frames.length / seconds,
      gapP95Ms: gaps[Math.floor(gaps.length * 0.95)] ?? 0,
      longestMs: gaps.at(-1) ?? 0,
      busy,
    };
  };
}
