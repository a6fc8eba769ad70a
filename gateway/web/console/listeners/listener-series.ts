import type { Listener } from '../../shared/api/listeners-api.ts';
import type { ChartSeries } from '../charts/chart-series.ts';

/** What one read of the listeners said. */
export interface ListenerFrame {
  /** ms. */
  at: number;
  listeners: readonly Listener[];
}

const COLOURS = ['--c-won', '--c-early', '--c-unavailable', '--c-sold-out', '--c-limited', '--c-paused'];

/** One line for each listener that ever had something to say. */
function linesOf(frames: readonly ListenerFrame[], figureOf: (listener: Listener) => number): ChartSeries[] {
  const names = [...new Set(frames.flatMap(({ listeners }) => listeners.map(({ listener }) => listener)))];
  return names.map((name, i) => ({
    key: name,
    label: name,
    colour: COLOURS[i % COLOURS.length] ?? '--c-won',
    isDashed: i >= COLOURS.length,
    values: frames.map(({ listeners }) => {
      const listener = listeners.find((each) => each.listener === name);
      return listener === undefined ? null : figureOf(listener);
    }),
  }));
}

/** Messages to read and events to act on. */
export const backlogSeries = (frames: readonly ListenerFrame[]): ChartSeries[] =>
  linesOf(frames, ({ behind, waiting }) => behind + waiting);

/** Events acted on, a second. */
export const paceSeries = (frames: readonly ListenerFrame[]): ChartSeries[] =>
  linesOf(frames, ({ donePerMinute }) => donePerMinute / 60);
