import type { Page } from 'playwright-core';

export interface Frames {
  perSecond: number;
  gapP95Ms: number;
  longestMs: number;
  /** Share of the time in which the page's main thread had work of its own: script, style, layout, paint. CPU time, not what it waited for a core. */
  busy: number;
}

/** As text: tsx gives named functions a helper that the page does not have. */
const RECORD_FRAMES = `
  if (globalThis.frameTimes === undefined) {
    requestAnimationFrame(function next(at) {
      frameTimes.push(at);
      requestAnimationFrame(next);
    });
  }
  globalThis.frameTimes = [];`;

/** From now until the function it resolves with is called. */
export async function watchFrames(page: Page): Promise<() => Promise<Frames>> {
  const session = await page.context().newCDPSession(page);
  // As a tab that somebody looks at: one behind another draws nothing.
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
